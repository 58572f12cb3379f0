import { mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../runner/support/algorithm.js';
import { connectingProcesses } from '../runner/support/connecting.js';
import { rejection } from '../support/expected-errors.js';
import { moments, SEED } from '../training/support/killed-jobs.js';
import { endpointProgram, load, STUBBORN_SERVER } from './support/killed-endpoints.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const WAYS = ['abort', 'stop', 'dispose'] as const;
const all = moments(30, 700).map((ms, index) => ({
  ms,
  way: WAYS[index % WAYS.length]!,
  count: index % 5 === 4 ? 2 : 1,
}));
const AT_ONCE = 5;
const groups = Array.from({ length: all.length / AT_ONCE }, (_, index) =>
  all.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
);

test.each(groups.map((group) => [group.map(({ ms }) => ms), group] as const))(
  `nothing is left of endpoints that end after %j ms, under load (KILLING_SEED=${SEED}), and the next one works`,
  async (_moments, group) => {
    endpoints.files({ 'm/weights': 'w' });
    const ModelDataUrl = endpoints.path('m');
    await Promise.all(
      group.map(async ({ ms, way, count }, index) => {
        const controller = new AbortController();
        const options = {
          stopGraceMs: 20,
          signal: controller.signal,
          directory: index === 2 ? endpoints.path(`endpoint-${ms}-${index}`) : undefined,
        };
        const request = { ModelDataUrl, InitialInstanceCount: count };
        const starting = endpoints.node(request, options, STUBBORN_SERVER);
        const loading = starting.then(load, () => []);
        await delay(ms);
        if (way === 'abort') controller.abort();
        const endpoint = await starting.catch((error: unknown) => error as Error);
        if (endpoint instanceof Error) {
          expect([way, (endpoint as NodeJS.ErrnoException).code]).toEqual(['abort', 'ABORTED']);
          return;
        }
        if (way !== 'dispose') await endpoint.stop();
        await endpoint[Symbol.asyncDispose]();
        for (const code of await loading) expect(code).toBe('ENDPOINT_STOPPED');
      }),
    );
    await using endpoint = await endpoints.node({ ModelDataUrl });
    expect(await (await endpoint.invoke('x')).json()).toMatchObject({ model: ['weights'], body: 'x' });
  },
);

test(`what our own process leaves when it is killed, at ten moments (KILLING_SEED=${SEED}), the next one removes`, async () => {
  const temporary = endpoints.path('temporary');
  mkdirSync(temporary);
  endpoints.files({ 'm/weights': 'w' });
  const { mark } = endpoints;
  const run = (isolation: 'namespace' | 'none', count: number, asks: number) => {
    const request = { ModelDataUrl: endpoints.path('m'), InitialInstanceCount: count };
    return endpointProgram(request, { isolation }, { mark, temporary, asks });
  };
  const killAfter = async (ms: number, index: number) => {
    const program = index % 4 === 3 ? run('none', 1, Infinity) : run('namespace', (index % 2) + 1, Infinity);
    await program.said('begins');
    await delay(ms);
    await program.kill();
  };
  await Promise.all(moments(10, 1500).map(killAfter));
  await expectNoProcesses(endpoints.mark);
  expect(mountsOfAll(temporary)).toEqual([]);
  expect(readdirSync(temporary)).not.toEqual([]);
  const next = run('namespace', 1, 5);
  expect(await next.ended()).toMatchObject({ code: 0, lines: ['begins', 'asked'], stderr: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

test.each(['namespace', 'none'] as const)(
  'nothing is left when our own process exits under load, isolation: %s',
  async (isolation) => {
    const temporary = endpoints.path('temporary');
    mkdirSync(temporary);
    const { mark } = endpoints;
    for (const [how, code] of [
      ['exit', 5],
      ['throw', 1],
    ] as const) {
      const program = endpointProgram({}, { isolation }, { mark, temporary, asks: Infinity, how });
      expect(await program.ended()).toMatchObject({ code });
      expect(readdirSync(temporary)).toEqual([]);
    }
    await expectNoProcesses(endpoints.mark);
  },
);

test('the process that connects may be killed: there is another one', async () => {
  await using endpoint = await endpoints.node();
  for (let time = 0; time < 3; time++) {
    for (const pid of connectingProcesses()) process.kill(pid, 'SIGKILL');
    const asking = Array.from({ length: 4 }, (_, index) => endpoint.invoke(`${index}`));
    const answers = await Promise.all(asking.map(async (answer) => (await answer).json()));
    expect(answers).toMatchObject([{ body: '0' }, { body: '1' }, { body: '2' }, { body: '3' }]);
    await delay(1200); // until no connection is kept
  }
  await endpoint.stop();
  expect(await rejection(endpoint.invoke('x'))).toMatchObject({ code: 'ENDPOINT_STOPPED' });
});
