import { setTimeout as delay } from 'node:timers/promises';

import type { Endpoint, InvocationOptions } from 'sagemaker-pipe-mode/serving';
import { expect, test } from 'vitest';

import { processesWith } from '../runner/support/algorithm.js';
import { askAll, expectNoneLostOrDoubled, LEDGER_SERVER, ledgerOf } from './support/ledger.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const AT_ONCE = 64;
const COUNT = Number(process.env['SERVING_INVOCATIONS'] ?? 20_000);

/** How long those run in which something is killed, in milliseconds. */
const UNDER_FIRE_MS = 8000;

const asker =
  (endpoint: Endpoint) =>
  async (id: string, options: InvocationOptions = {}): Promise<string> =>
    await (await endpoint.invoke(id, options)).text();

test.each([1, 2])(
  `of ${COUNT} invocations, ${AT_ONCE} at a time, none is lost and none doubled, instances: %i`,
  async (InitialInstanceCount) => {
    await using endpoint = await endpoints.node({ InitialInstanceCount }, {}, LEDGER_SERVER);
    const ask = asker(endpoint);
    const outcomes = await askAll(AT_ONCE, (id) => ask(id), { count: COUNT });
    expectNoneLostOrDoubled(outcomes, ledgerOf(endpoint));
    expect([...outcomes.values()].filter((outcome) => 'error' in outcome)).toEqual([]);
    expect(outcomes.size).toBe(COUNT);
    expect(endpoint.instances.map(({ busy, restarts }) => [busy, restarts])).toEqual(
      Array.from({ length: InitialInstanceCount }, () => [0, 0]),
    );
  },
  120_000 + COUNT,
);

test('a worker that is killed every second takes with it what it has begun with, and no more', async () => {
  const Environment = { WORKERS: '3', KILL_EVERY_MS: '1000' };
  await using endpoint = await endpoints.node({ Environment }, {}, LEDGER_SERVER);
  const ask = asker(endpoint);
  const over = performance.now() + UNDER_FIRE_MS;
  const outcomes = await askAll(AT_ONCE, (id) => ask(id, { contentType: 'slow' }), {
    until: () => performance.now() > over,
  });
  const lines: string[] = [];
  await endpoint.stop();
  for await (const { text } of endpoint.logs()) lines.push(text);
  expectNoneLostOrDoubled(outcomes, ledgerOf(endpoint));
  const errors = [...outcomes.values()].flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  expect(new Set(errors.map((error) => (error as NodeJS.ErrnoException).code))).toEqual(
    new Set(['INVOCATION_FAILED']),
  );
  // A killed worker had as many as all workers together at most.
  expect(errors.length).toBeLessThanOrEqual(lines.length * AT_ONCE);
  expect(lines.length).toBeGreaterThanOrEqual(3);
  expect(outcomes.size).toBeGreaterThan(errors.length * 2);
}, 60_000);

test('a server that is killed every second is started again, and what was not sent waits for it', async () => {
  await using endpoint = await endpoints.node({ InitialInstanceCount: 2 }, {}, LEDGER_SERVER);
  const ask = asker(endpoint);
  let ended = 0;
  endpoint.on('instanceEnded', () => ended++);
  const over = performance.now() + UNDER_FIRE_MS;
  const killing = (async () => {
    for (let index = 0; performance.now() < over; index++) {
      await delay(1000);
      const servers = processesWith(endpoints.mark).filter((line) => line.includes('createServer'));
      const pids = servers.map((line) => Number.parseInt(line, 10));
      if (pids.length > 0) process.kill(pids[index % pids.length]!, 'SIGKILL');
    }
  })();
  const outcomes = await askAll(AT_ONCE, (id) => ask(id, { contentType: 'slow' }), {
    until: () => performance.now() > over,
  });
  await killing;
  expectNoneLostOrDoubled(outcomes, ledgerOf(endpoint));
  const errors = [...outcomes.values()].flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  for (const error of errors) expect(error).toMatchObject({ code: 'INVOCATION_FAILED' });
  expect(errors.filter(({ message }) => message.includes('Nothing of it was sent'))).toEqual([]);
  expect(errors.length).toBeLessThanOrEqual(ended * AT_ONCE);
  expect(ended).toBeGreaterThanOrEqual(3);
}, 60_000);

test('faults hit the invocations that they are meant for, and no other', async () => {
  const limits = { invocationTimeoutMs: 3000 };
  await using endpoint = await endpoints.node({ InitialInstanceCount: 2 }, { limits }, LEDGER_SERVER);
  const ask = asker(endpoint);
  const codes: Readonly<Record<string, string>> = {
    '4xx': 'MODEL_ERROR',
    '5xx': 'MODEL_ERROR',
    reset: 'INVOCATION_FAILED',
    halves: 'INVOCATION_FAILED',
    hang: 'INVOCATION_TIMED_OUT',
    late: 'INVOCATION_TIMED_OUT',
  };
  const ways = ['', 'pieces', '', ...Object.keys(codes), '', ''];
  const wayOf = (id: string) => ways[Number(id) % ways.length]!;
  const outcomes = await askAll(
    AT_ONCE,
    (id) => ask(id, wayOf(id) === '' ? {} : { contentType: wayOf(id) }),
    {
      count: 550,
    },
  );
  expectNoneLostOrDoubled(outcomes, ledgerOf(endpoint));
  for (const [id, outcome] of outcomes) {
    const code = 'error' in outcome ? (outcome.error as NodeJS.ErrnoException).code : undefined;
    expect([id, wayOf(id), code]).toEqual([id, wayOf(id), codes[wayOf(id)]]);
  }
  expect(endpoint.instances).toMatchObject([
    { busy: 0, restarts: 0 },
    { busy: 0, restarts: 0 },
  ]);
}, 120_000);

test('an endpoint that is stopped under load has answered, or says what it knows', async () => {
  for (const end of ['stop', 'dispose'] as const) {
    const directory = endpoints.path(end);
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 }, { directory }, LEDGER_SERVER);
    const ask = asker(endpoint);
    let isOver = false;
    const asking = askAll(AT_ONCE, (id) => ask(id, { contentType: 'slow' }), { until: () => isOver });
    await delay(1000);
    const ending = end === 'stop' ? endpoint.stop() : endpoint[Symbol.asyncDispose]();
    await delay(5);
    isOver = true;
    await ending;
    const outcomes = await asking;
    expectNoneLostOrDoubled(outcomes, ledgerOf(endpoint));
    for (const outcome of outcomes.values()) {
      if ('error' in outcome) expect(outcome.error).toMatchObject({ code: 'ENDPOINT_STOPPED' });
    }
    expect([...outcomes.values()].some((outcome) => 'answer' in outcome)).toBe(true);
  }
}, 60_000);
