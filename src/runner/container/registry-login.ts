import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { debugTo } from '../../debug.js';
import { configDirectory } from './engine-address.js';

const debug = debugTo('container');

/** What `docker login` has written. */
interface LoginConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** What a helper says. */
interface HelperAnswer {
  readonly Username: string;
  readonly Secret: string;
}

/** How an engine is to show itself to a registry: by a password, or by a token that was got for one. */
type RegistryLogin = { readonly serveraddress: string } & (
  { readonly username: string; readonly password: string } | { readonly identitytoken: string }
);

/** What Docker calls its own registry in its files. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** What helpers call the user whose secret is a token. */
const TOKEN_USER = '<token>';

/** As long as a program that keeps logins may take, in milliseconds. */
const HELPER_TIMEOUT_MS = 30_000;

/** What `docker login`, or one of its helpers, knows for the registry of an image; `undefined` if it knows nothing. */
export async function registryLogin(image: string): Promise<RegistryLogin | undefined> {
  const config = readConfig();
  const registry = registryOf(image);
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  const kept = helper === undefined ? undefined : await askHelper(helper, registry);
  return kept ?? loginIn(config, registry);
}

/** The first part of a name is a registry if it could be no part of a path. */
function registryOf(image: string): string {
  const [first, ...more] = image.split('/');
  return more.length > 0 && /[.:]|^localhost$/.test(first!) ? first! : DOCKER_HUB;
}

function loginIn({ auths = {} }: LoginConfig, registry: string): RegistryLogin | undefined {
  const entry = auths[registry] ?? auths[`https://${registry}`];
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: registry };
  if (!entry?.auth) return undefined;
  const [username, ...password] = Buffer.from(entry.auth, 'base64').toString().split(':');
  return { username: username!, password: password.join(':'), serveraddress: registry };
}

/** Its input is a registry, its output JSON. */
async function askHelper(name: string, registry: string): Promise<RegistryLogin | undefined> {
  const said = await new Promise<string>((resolve) => {
    const child = execFile(
      `docker-credential-${name}`,
      ['get'],
      { timeout: HELPER_TIMEOUT_MS },
      (error, stdout) => resolve(error === null ? stdout : ''), // it knows nothing, or is not there
    );
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(registry);
  });
  return said === '' ? undefined : readAnswer(name, said, registry);
}

/** A helper that says something else knows nothing: the registry tells what is missing. */
function readAnswer(name: string, said: string, registry: string): RegistryLogin | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(said) as Partial<HelperAnswer>;
    if (username === TOKEN_USER && secret !== undefined)
      return { identitytoken: secret, serveraddress: registry };
    if (username !== undefined && secret !== undefined)
      return { username, password: secret, serveraddress: registry };
  } catch {
    // an error of JSON.parse would show what it has read, which may be a secret
  }
  debug('docker-credential-%s gives something else than a login for %s', name, registry);
  return undefined;
}

function readConfig(): LoginConfig {
  try {
    return JSON.parse(readFileSync(join(configDirectory(), 'config.json'), 'utf8')) as LoginConfig;
  } catch {
    return {}; // nobody has logged in
  }
}
