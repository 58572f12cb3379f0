import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../../support/engine/engine.js';
import { untilLine } from '../support/algorithm.js';
import { RemoteRunner } from '../support/remote-runner.js';
import { useContainers } from './use-containers.js';

let remote: RemoteRunner;

const FORKING = [
  'sh',
  '-c',
  'for i in $(seq 50); do (setsid sleep 60 &); sleep 0.005; done; echo ready; sleep 60',
];

describeWithEngine('ending a container', () => {
  const containers = useContainers();
  beforeAll(async () => {
    remote = await RemoteRunner.build();
  });
  afterAll(() => remote.remove());

  test('SIGTERM reaches the program', async () => {
    const script = `trap 'echo saved; exit 7' TERM; echo ready; while :; do sleep 0.01; done`;
    await using program = await containers.start(['sh', '-c', script]);
    await untilLine(program.stdout, 'ready');
    expect(await program.stop({ graceMs: 10_000 })).toMatchObject({ code: 7, signal: null });
    await untilLine(program.stdout, 'saved');
  });

  test('a shell keeps SIGTERM to itself, and is killed when the grace is over', async () => {
    await using program = await containers.start(['sh', '-c', 'echo ready; sleep 60; true']);
    await untilLine(program.stdout, 'ready');
    const began = performance.now();
    expect(await program.stop({ graceMs: 300 })).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(300);
  });

  test('a signal that the program dies of', async () => {
    await using program = await containers.start([
      'python3',
      '-uc',
      'print("ready"); import time; time.sleep(60)',
    ]);
    await untilLine(program.stdout, 'ready');
    program.signal('SIGINT'); // Python has a handler, and then dies of it
    expect(await program.exited).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(program.signal('SIGTERM')).toBe(false);
  });

  test.each(moments(10, 1000, 7))('nothing is left of a program that is killed after %i ms', async (ms) => {
    const controller = new AbortController();
    const starting = containers.start(FORKING, { signal: controller.signal });
    starting.catch(() => undefined);
    await delay(ms);
    controller.abort();
    const program = await starting.catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    if (program !== undefined) expect(await program.exited).toMatchObject({ signal: 'SIGKILL' });
    await program?.[Symbol.asyncDispose]();
  });

  test('what our own process leaves when it is killed, at ten moments, the next runs remove', async () => {
    const pids = await Promise.all(
      moments(10, 1500, 11).map((ms) => killOwnProcess(containers.directory, ms)),
    );
    const docker = connectToEngine();
    const left = await leftOnEngine(docker, pids);
    expect(left.length).toBeGreaterThan(0);
    // The engine may still be at what it was asked for last, and other tests sweep as well.
    const leftAfterRun = async () => {
      await using program = await containers.start(['true']);
      expect(await program.exited).toMatchObject({ code: 0 });
      return await leftOnEngine(docker, pids);
    };
    await expect.poll(leftAfterRun, { timeout: 20_000 }).toEqual([]);
  });
});

/** Kills a process that starts a program on two hosts so many milliseconds after it has begun with that. */
async function killOwnProcess(directory: string, ms: number): Promise<number> {
  const program = {
    directory,
    command: FORKING,
    env: {},
    host: { name: 'algo-1', all: ['algo-1', 'algo-2'] },
  };
  const source = `
    import { containerRunner } from ${JSON.stringify(remote.containerModule)};
    const runner = containerRunner(${JSON.stringify({ image: TOOLS, engine: engineHost })});
    const prepared = await runner.prepare(${JSON.stringify(program)});
    console.log('begins');
    await prepared.start();
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await delay(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  return child.pid!;
}

/** Moments in milliseconds, the same in every run. */
function moments(count: number, to: number, seed: number): number[] {
  const generator = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => uniformInt(generator, 0, to));
}
