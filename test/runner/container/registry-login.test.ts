import { chmodSync, writeFileSync } from 'node:fs';

import { afterEach, expect, test, vi } from 'vitest';

import { registryLogin } from '../../../src/runner/container/registry-login.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();

afterEach(() => void vi.unstubAllEnvs());

const REGISTRY = 'registry.example';
const IMAGE = `${REGISTRY}/an/image`;

/** As `docker login` and `az acr login` leave it; `said` is what a helper says that is asked. */
async function loginWith(config: object, said?: string) {
  scratch.files({ 'config.json': JSON.stringify(config) });
  vi.stubEnv('DOCKER_CONFIG', scratch.dir);
  vi.stubEnv('PATH', `${scratch.dir}:${process.env['PATH']}`);
  if (said !== undefined) {
    const helper = scratch.path('docker-credential-fake');
    writeFileSync(helper, `#!/bin/sh\n[ "$1 $(cat)" = "get ${REGISTRY}" ] && cat << 'END'\n${said}\nEND\n`);
    chmodSync(helper, 0o755);
  }
  return await registryLogin(IMAGE);
}

const auth = Buffer.from('somebody:a:secret').toString('base64');
const PASSWORD = { username: 'somebody', password: 'a:secret', serveraddress: REGISTRY };
const TOKEN = { identitytoken: 'a-token', serveraddress: REGISTRY };
const HELPER = { credHelpers: { [REGISTRY]: 'fake' } };

test('a password, in the file', async () => {
  expect(await loginWith({ auths: { [REGISTRY]: { auth } } })).toEqual(PASSWORD);
  expect(await loginWith({ auths: { [`https://${REGISTRY}`]: { auth } } })).toEqual(PASSWORD);
  expect(await loginWith({ auths: { another: { auth } } })).toBeUndefined();
});

test('a token, in the file: beside it is a user without a password', async () => {
  const user = Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64');
  expect(await loginWith({ auths: { [REGISTRY]: { auth: user, identitytoken: 'a-token' } } })).toEqual(TOKEN);
});

test('a helper that gives a password, or a token', async () => {
  expect(await loginWith(HELPER, '{"Username":"somebody","Secret":"a:secret"}')).toEqual(PASSWORD);
  expect(await loginWith({ credsStore: 'fake' }, '{"Username":"<token>","Secret":"a-token"}')).toEqual(TOKEN);
});

test.each(['credentials not found', '<html>', 'null', '[]', '{"Username":"somebody"}'])(
  'a helper that says %s knows nothing: what is in the file counts',
  async (said) => {
    expect(await loginWith({ ...HELPER, auths: { [REGISTRY]: { auth } } }, said)).toEqual(PASSWORD);
    expect(await loginWith(HELPER, said)).toBeUndefined();
  },
);

test('a helper that is not there', async () => {
  expect(await loginWith({ credsStore: 'nobody-has-this', auths: { [REGISTRY]: { auth } } })).toEqual(
    PASSWORD,
  );
});
