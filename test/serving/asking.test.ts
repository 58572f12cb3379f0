import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { PipeModeError } from 'sagemaker-pipe-mode';
import { type InvocationOptions, startEndpoint } from 'sagemaker-pipe-mode/serving';
import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

test('a server in Node is asked as the service asks', async () => {
  await using endpoint = await endpoints.node();
  expect(endpoint.status).toBe('InService');
  expect(await endpoint.ping()).toMatchObject({ status: 200, text: 'fine' });
  const answer = await endpoint.invoke('5.1,3.5', {
    contentType: 'text/csv',
    accept: 'application/json',
    customAttributes: 'trace=1',
    targetModel: 'a.tar.gz',
    targetVariant: 'AllTraffic',
    inferenceId: 'id 1',
    sessionId: 'NEW_SESSION',
  });
  expect(answer).toMatchObject({
    status: 200,
    contentType: 'application/json',
    invokedProductionVariant: 'AllTraffic',
    instance: 'instance-1',
  });
  expect(await answer.json()).toMatchObject({
    args: ['serve'],
    method: 'POST',
    url: '/invocations',
    body: '5.1,3.5',
    headers: {
      'content-type': 'text/csv',
      'content-length': '7',
      accept: 'application/json',
      'x-amzn-sagemaker-custom-attributes': 'trace=1',
      'x-amzn-sagemaker-target-model': 'a.tar.gz',
      'x-amzn-sagemaker-target-variant': 'AllTraffic',
      'x-amzn-sagemaker-inference-id': 'id 1',
      'x-amzn-sagemaker-session-id': 'NEW_SESSION',
    },
  });
});

test("so is one in Python's http.server, which keeps no connection", async () => {
  await using endpoint = await endpoints.python();
  for (const body of ['a', 'b', '']) {
    const answer = await endpoint.invoke(body);
    expect(await answer.json()).toEqual({ args: ['serve'], model: [], body });
  }
});

test('two endpoints at once, each on a port 8080 of its own; many invocations at once', async () => {
  await using one = await endpoints.node();
  await using two = await endpoints.python();
  const bodies = Array.from({ length: 300 }, (_, index) => `${index}`);
  const ask = async (body: string) => ((await (await one.invoke(body)).json()) as { body: string }).body;
  expect(await Promise.all(bodies.map(ask))).toEqual(bodies);
  expect(await (await two.invoke('x')).json()).toMatchObject({ body: 'x' });
  expect(one.instances).toEqual([{ name: 'instance-1', status: 'InService', busy: 0, restarts: 0 }]);
});

test('an answer is read once, in one way', async () => {
  await using endpoint = await endpoints.node();
  const answer = await endpoint.invoke('x', { contentType: 'count' });
  expect(await answer.text()).toBe('1');
  expect(await rejection(answer.bytes())).toMatchObject({ code: 'INVALID_STATE' });
  const long = await endpoint.invokeStream('', { contentType: 'long' });
  let bytes = 0;
  for await (const piece of long) {
    bytes += piece.length;
    if (bytes > 100_000) break; // the rest is not wanted
  }
  expect(await rejection(long.text())).toMatchObject({ code: 'INVALID_STATE' });
  expect(endpoint.instances).toMatchObject([{ busy: 0 }]);
  expect(await (await endpoint.invoke('x', { contentType: 'count' })).text()).toBe('1');
});

describe('a body', () => {
  const count = { contentType: 'count' };

  test.each<[string, () => Parameters<Awaited<ReturnType<typeof startEndpoint>>['invoke']>[0], number]>([
    ['text', () => 'ü', 2],
    ['no text', () => '', 0],
    ['bytes', () => new Uint8Array(100_000), 100_000],
    ['a Blob', () => new Blob(['abc']), 3],
    ['a stream', () => new Blob([new Uint8Array(300_000)]).stream() as AsyncIterable<Uint8Array>, 300_000],
    ['a generator of text', () => repeated('abc', 1000), 3000],
  ])('may be %s', async (_name, body, bytes) => {
    await using endpoint = await endpoints.node();
    expect(await (await endpoint.invoke(body(), count)).text()).toBe(String(bytes));
  });

  test('that is a Blob has a length', async () => {
    await using endpoint = await endpoints.node();
    const answer = await endpoint.invoke(new Blob(['abc']));
    expect(await answer.json()).toMatchObject({ body: 'abc', headers: { 'content-length': '3' } });
  });

  test('whose length nobody knows is sent in chunks, or with the length that the caller says', async () => {
    await using endpoint = await endpoints.node();
    const chunked = await endpoint.invoke(repeated('ab', 2));
    expect(await chunked.json()).toMatchObject({ body: 'abab', headers: { 'transfer-encoding': 'chunked' } });
    const known = await endpoint.invoke(repeated('ab', 2), { contentLength: 4 });
    expect(await known.json()).toMatchObject({ body: 'abab', headers: { 'content-length': '4' } });
    for (const contentLength of [3, 5]) {
      const failing = endpoint.invoke(repeated('ab', 2), { contentLength });
      expect(await rejection(failing)).toMatchObject({ code: 'INVALID_INVOCATION' });
    }
  });

  test('and the answer stream at the same time: nothing is held', async () => {
    await using endpoint = await endpoints.node();
    let sent = 0;
    let release!: () => void;
    const wait = new Promise<void>((resolve) => (release = resolve));
    async function* body() {
      sent++;
      yield 'first';
      await wait; // for the answer to that
      sent++;
      yield 'second';
    }
    const answer = await endpoint.invokeStream(body(), { contentType: 'pieces' });
    const pieces: string[] = [];
    for await (const piece of answer) {
      pieces.push(Buffer.from(piece).toString());
      expect(sent).toBe(pieces.length);
      release();
    }
    expect(pieces).toEqual(['first', 'second']);
  });

  test('that fails itself fails the invocation with that', async () => {
    await using endpoint = await endpoints.node();
    const reason = new Error('no more');
    async function* body() {
      yield 'first';
      await delay(1);
      throw reason;
    }
    await expect(endpoint.invoke(body(), count)).rejects.toBe(reason);
    expect(await (await endpoint.invoke('x', count)).text()).toBe('1');
  });

  test.each(['a stream', 'a web stream', 'an iterator'] as const)(
    'that is %s is closed when the invocation fails, also if it was not begun with',
    async (kind) => {
      await using endpoint = await endpoints.node({}, { limits: { maxPayloadBytes: 1000 } });
      const failed = async (options: InvocationOptions) => {
        const { body, isClosed } = endlessBody(kind);
        await expect(endpoint.invoke(body, options)).rejects.toThrow();
        await expect.poll(isClosed).toBe(true);
      };
      await failed({ contentLength: 1001 });
      await failed({ signal: AbortSignal.abort() });
      await failed(count); // too long, as it turns out
      await endpoint.stop();
      await failed({});
    },
  );

  test('that fails when the answer has begun is what reading the answer fails with', async () => {
    await using endpoint = await endpoints.node();
    const reason = new Error('no more');
    let fail!: () => void;
    const wait = new Promise<void>((resolve) => (fail = resolve));
    async function* body() {
      yield 'first';
      await wait;
      throw reason;
    }
    const answer = await endpoint.invokeStream(body(), { contentType: 'pieces' });
    fail();
    await expect(answer.text()).rejects.toBe(reason);
  });

  test('has no more than the service takes', async () => {
    await using endpoint = await endpoints.node();
    const most = 6_291_456;
    expect(await (await endpoint.invoke(new Uint8Array(most), count)).text()).toBe(String(most));
    for (const body of [new Uint8Array(most + 1), repeated('x'.repeat(65_536), 97)])
      expect(await rejection(endpoint.invoke(body, count))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const answer = await endpoint.invoke('', { contentType: 'long' });
    expect(await rejection(answer.bytes())).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const streamed = await endpoint.invokeStream('', { contentType: 'long' });
    expect(await streamed.bytes()).toHaveLength(7 * 1024 * 1024);
  });
});

test('headers that the service refuses are refused', async () => {
  await using endpoint = await endpoints.node();
  const wrong: InvocationOptions[] = [
    { customAttributes: 'x'.repeat(1025) },
    { customAttributes: 'ü' },
    { contentType: 'text/csv\r\nx: y' },
    { targetModel: '' },
    { targetModel: ' a' },
    { targetVariant: 'Other' },
    { inferenceId: 'x'.repeat(65) },
    { sessionId: '-' },
    { accept: 1 as never },
  ];
  for (const options of wrong) {
    const error = await rejection(endpoint.invoke('x', options));
    expect(error.code).toBe('INVALID_INVOCATION');
    expect(error.message).toContain(`Expected \`${Object.keys(options)[0]!}\` to be`);
  }
  expect(await rejection(endpoint.invoke(5 as never))).toMatchObject({ code: 'INVALID_OPTION' });
  expect(await rejection(endpoint.invoke('x', { contenttype: 'a' } as never))).toMatchObject({
    code: 'UNKNOWN_OPTION',
  });
});

test('the machine has its own port 8080 without isolation, for one server', async () => {
  await using endpoint = await endpoints.node({}, { isolation: 'none' });
  expect(await (await endpoint.invoke('a')).json()).toMatchObject({ args: ['serve'], body: 'a' });
  expect(await rejection(endpoints.node({}, { isolation: 'none' }))).toMatchObject({ code: 'PORT_IN_USE' });
  const two = endpoints.node({ InitialInstanceCount: 2 }, { isolation: 'none' });
  expect(await rejection(two)).toMatchObject({
    code: 'INVALID_REQUEST',
    problems: [{ path: 'InitialInstanceCount' }],
  });
});

test('everything that is wrong with a request is said at once, and options are looked at first', async () => {
  const request = {
    Imag: 'x',
    InitialInstanceCount: 0,
    Environment: { A: 1 },
    ContainerStartupHealthCheckTimeoutInSeconds: 59,
    ModelDataUrl: 'https://example.com/model.tar.gz',
  };
  const error = await rejection(startEndpoint(request as never, { command: ['true'] }));
  expect(error.code).toBe('INVALID_REQUEST');
  expect(error.problems!.map(({ path }) => path).sort()).toEqual([
    'ContainerStartupHealthCheckTimeoutInSeconds',
    'Environment["A"]',
    'Imag',
    'InitialInstanceCount',
    'ModelDataUrl',
  ]);
  const wrong = [
    undefined,
    { command: 'x' },
    { command: ['x'], image: 'y' },
    { image: 'x', isolation: 'none' },
    { command: ['x'], startupTimeoutMs: 0 },
    { command: ['x'], stopGraceMs: -1 },
    { command: ['x'], limits: { pingTimeoutMs: '2' } },
    { command: ['x'], limits: { maxPayloadBytes: 0 } },
    { command: ['x'], limits: { maxModelBytes: 0 } },
    { command: ['x'], limits: { maxModelEntries: 1.5 } },
    { command: ['x'], limits: { ping: 1 } },
    { command: ['x'], commands: [] },
  ];
  for (const options of wrong) {
    const refusal = await rejection(startEndpoint({}, options as never));
    expect(['INVALID_OPTION', 'UNKNOWN_OPTION']).toContain(refusal.code);
  }
  expect(await rejection(startEndpoint({}, {}))).toMatchObject({ problems: [{ path: 'Image' }] });
  expect(error).toBeInstanceOf(PipeModeError);
});

async function* repeated(text: string, times: number): AsyncGenerator<string> {
  for (let index = 0; index < times; index++) yield text;
}

/** A body that has more than is read of it. */
function endlessBody(kind: 'a stream' | 'a web stream' | 'an iterator') {
  const piece = Buffer.alloc(600);
  let isClosed = false;
  const close = () => void (isClosed = true);
  if (kind === 'a stream') {
    const body = new Readable({ read: () => void body.push(piece) });
    return { body, isClosed: () => body.destroyed };
  }
  if (kind === 'a web stream') {
    const body = new ReadableStream<Uint8Array>({ pull: (each) => each.enqueue(piece), cancel: close });
    return { body: body as AsyncIterable<Uint8Array>, isClosed: () => isClosed };
  }
  const next = async () => await Promise.resolve({ done: false as const, value: piece });
  const end = async () => {
    close();
    return await Promise.resolve({ done: true as const, value: undefined });
  };
  return { body: { [Symbol.asyncIterator]: () => ({ next, return: end }) }, isClosed: () => isClosed };
}
