import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { createEndpoint, type Endpoint } from 'sagemaker-pipe-mode/serving';
import { expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { startS3Server } from '../support/s3-server.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

/** One that is not started, with a server in shell. */
function create(script: string, options: { readonly stopGraceMs?: number } = {}): Endpoint {
  const env = { ...process.env, [endpoints.mark]: 'yes' };
  return createEndpoint({}, { command: ['sh', '-c', script, 'sh'], env, ...options });
}

async function linesOf(endpoint: Endpoint): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of endpoint.logs()) lines.push(text);
  return lines;
}

test('its logs can be read from the first line on, also of a server that does not come up', async () => {
  await using endpoint = create('echo first; echo last; exit 3');
  const lines = linesOf(endpoint);
  const error = await rejection(endpoint.start());
  expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', lastLines: ['first', 'last'] });
  expect(await lines).toEqual(['first', 'last']);
  expect(endpoint.status).toBe('Failed');
  expect(await rejection(endpoint.start())).toBe(error);
});

test('what is wrong with the request is found at once, and nothing is done before it is started', async () => {
  expect(() => createEndpoint({ EndpointName: '-' }, { command: ['true'] })).toThrow(/EndpointName/);
  const before = readdirSync(tmpdir());
  await using endpoint = create('true');
  expect(endpoint.status).toBe('Creating');
  expect(
    readdirSync(tmpdir()).filter((name) => !before.includes(name) && endpoint.directory.endsWith(name)),
  ).toEqual([]);
});

test('asked before it is started, it refuses at once; asked while it starts, it answers when it is up', async () => {
  const server = `require('node:http').createServer((request, response) => response.end('answer')).listen(8080)`;
  await using endpoint = create(`exec '${process.execPath}' -e "${server}"`, { stopGraceMs: 0 });
  for (const asking of [endpoint.invoke('x'), endpoint.invokeStream('x'), endpoint.ping()]) {
    const error = await rejection(asking);
    expect(error.code).toBe('INVALID_STATE');
    expect(error.message).toContain('is not started yet: call its `start()` first');
  }
  const starting = endpoint.start();
  expect(await (await endpoint.invoke('x')).text()).toBe('answer');
  await starting;
});

test('stopped before it is started, it is not started any more', async () => {
  await using endpoint = create('sleep 600');
  await endpoint.stop();
  expect(await linesOf(endpoint)).toEqual([]);
  expect(await rejection(endpoint.start())).toMatchObject({ code: 'ENDPOINT_STOPPED' });
});

test.each(['stop', 'signal'] as const)(
  'ended at once by %s, it does not wait for a model that would never come',
  async (by) => {
    await using s3 = await startS3Server();
    s3.createBucket('models');
    s3.faults.add({ times: Infinity, fault: { kind: 'stall', afterBytes: 0 } });
    const controller = new AbortController();
    const { signal } = controller;
    const options = { command: ['true'], s3: s3.clientConfig, signal };
    await using endpoint = createEndpoint({ ModelDataUrl: 's3://models/model.tar.gz' }, options);
    const starting = rejection(endpoint.start());
    if (by === 'signal') controller.abort();
    else await endpoint.stop();
    expect(await starting).toMatchObject({ code: by === 'signal' ? 'ABORTED' : 'ENDPOINT_STOPPED' });
    expect(s3.seen).toEqual([]);
  },
);

test('stopped while it is started, a server has its grace', async () => {
  const script = 'trap "echo stopped; exit 0" TERM; echo begins; while :; do sleep 0.02; done';
  await using endpoint = create(script);
  const lines = linesOf(endpoint);
  const starting = rejection(endpoint.start());
  await new Promise((resolve) => endpoint.once('log', resolve));
  await endpoint.stop();
  expect(await starting).toMatchObject({ code: 'ENDPOINT_STOPPED' });
  expect(await lines).toEqual(['begins', 'stopped']);
});

test('a server that takes no notice is killed when that grace is over, or the endpoint is disposed of', async () => {
  const deaf = 'trap "" TERM; echo begins; while :; do sleep 0.02; done';
  for (const end of ['stop', 'dispose'] as const) {
    await using endpoint = create(deaf, { stopGraceMs: end === 'stop' ? 100 : 600_000 });
    const starting = rejection(endpoint.start());
    await new Promise((resolve) => endpoint.once('log', resolve));
    if (end === 'stop') await endpoint.stop();
    else await endpoint[Symbol.asyncDispose]();
    expect(await starting).toMatchObject({ code: 'ENDPOINT_STOPPED' });
  }
});
