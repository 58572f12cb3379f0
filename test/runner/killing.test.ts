import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findTool } from '../../src/runner/find-program.js';
import type { Isolation } from '../../src/runner/process-runner.js';
import { expectNoProcesses, mounts, processesWith, useJob } from './support/algorithm.js';
import { RemoteRunner } from './support/remote-runner.js';

const job = useJob();

let remote: RemoteRunner;
beforeAll(async () => {
  remote = await RemoteRunner.build();
});
afterAll(() => remote.remove());

/** Forks what is hard to find, and goes on for long. */
const FORKING = [
  'sh',
  '-c',
  'for i in $(seq 200); do (setsid sleep 60 &); (sleep 60 &); sleep 0.005; done; sleep 60',
];

/** Leaves one behind that becomes another process all the time, out of its session, and leaves a trace of it. */
const FLEEING = [
  '/usr/bin/python3',
  '-c',
  `
import os, time
end = time.time() + 20
trace = os.open(os.environ['TRACE'], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
if os.fork() == 0:
  os.setsid()
  while time.time() < end:
    os.write(trace, b'.')
    if os.fork(): os._exit(0)
while os.fstat(trace).st_size == 0: time.sleep(0.001)
time.sleep(float(os.environ['SECONDS']))`,
];

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

const ISOLATIONS: Isolation[] = process.platform === 'linux' ? ['namespace', 'none'] : ['none'];

describe.each(ISOLATIONS)('isolation: %s', (isolation) => {
  test.each(moments(20, 60, 7))('nothing is left of a program that is killed after %i ms', async (ms) => {
    const controller = new AbortController();
    const starting = job.start(FORKING, { isolation, signal: controller.signal });
    starting.catch(() => undefined);
    await delay(ms);
    controller.abort();
    const program = await starting.catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ABORTED' });
    });
    await program?.exited;
    expect(processesWith(job.mark)).toEqual([]);
    await program?.[Symbol.asyncDispose]();
  });

  test.each(moments(12, 60, 17))('nor of one that has left behind what flees, after %i ms', async (ms) => {
    const program = await job.start(FLEEING, { isolation, env: fleeing(ms) });
    await program.exited;
    await expectNoTrace();
    await program[Symbol.asyncDispose]();
  });

  test.runIf(process.getuid!() === 0)("nor of an ordinary user's", async () => {
    chmodSync(job.directory, 0o777);
    const programs = Array.from({ length: 8 }, () => FLEEING);
    const results = await remote.run({ programs, env: fleeing(20), isolation }, { uid: 65534 });
    await expectNoTrace();
    expect(results.map(({ code }) => code)).toEqual(programs.map(() => 0));
  });

  test('nothing is left when our own process is killed, at ten moments', async () => {
    const mountsBefore = mounts();
    await Promise.all(moments(10, 100, 11).map((ms) => killOwnProcess(isolation, ms)));
    await expectNoProcesses(job.mark);
    expect(mounts()).toBe(mountsBefore);
    expect(readdirSync(join(job.directory, 'temporary'))).toEqual([]);
  });

  test.runIf(process.getuid!() === 0)("nor when an ordinary user's is", async () => {
    chmodSync(job.directory, 0o777);
    await Promise.all(moments(10, 100, 13).map((ms) => killOwnProcess(isolation, ms, NOBODY)));
    await expectNoProcesses(job.mark);
  });

  test.runIf(isolation === 'namespace')('nothing starts any more while we are being killed', async () => {
    // Stops who starts it, as good as dead, with open pipes; and is killed itself before it has asked to kill its child, too.
    const [tools, temporary] = [join(job.directory, 'tools'), join(job.directory, 'temporary')];
    for (const each of [tools, temporary]) mkdirSync(each);
    const script = `#!/bin/sh
      case "$*" in *". /proc/self/fd/5"*)
        [ $PPID -gt 1 ] && kill -STOP $PPID
        for each do shift; [ "$each" = --kill-child ] || set -- "$@" "$each"; done
      esac
      exec ${findTool('unshare')!} "$@"`;
    writeFileSync(join(tools, 'unshare'), script, { mode: 0o755 });
    const child = spawn(process.execPath, ['-e', program(isolation, `console.log('runs');`)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PATH: `${tools}:${process.env['PATH']}`, TMPDIR: temporary },
    });
    const said = text(child.stdout);
    try {
      const patient = { timeout: 20_000 };
      await expect
        .poll(() => readFileSync(`/proc/${child.pid}/stat`, 'utf8'), patient)
        .toMatch(/^\d+ \(.*\) T /);
      await delay(500); // for the rest of its start
      const others = () => processesWith(job.mark).filter((each) => !each.includes('cd -- "$1"'));
      await expect.poll(others, patient).toEqual([]); // tools; the program would stay
    } finally {
      child.kill('SIGKILL');
    }
    expect(await said).toBe('');
    await expectNoProcesses(job.mark);
  });

  test('nothing is left when the thread that has started it ends', async () => {
    const thread = program(isolation, `parentPort.postMessage('runs');`);
    const script = `
      const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, { eval: true });
      worker.once('message', () => console.log('runs'));
      process.stdin.once('data', () => worker.terminate().then(() => console.log('ended')));`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(processesWith(job.mark)).not.toEqual([]);
    child.stdin.write('end');
    await once(child.stdout, 'data');
    await expectNoProcesses(job.mark);
    child.kill();
    await once(child, 'close');
  });
});

/** Kills a process that starts programs so many milliseconds after it has begun with that. */
async function killOwnProcess(isolation: Isolation, ms: number, user: readonly string[] = []): Promise<void> {
  const temporary = join(job.directory, 'temporary');
  mkdirSync(temporary, { recursive: true });
  chmodSync(temporary, 0o777);
  const source = program(
    isolation,
    `console.log('runs'); setInterval(() => {}, 1000);`,
    `console.log('begins');`,
  );
  const [command, ...args] = [...user, process.execPath, '-e', source];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  });
  await once(child.stdout, 'data');
  await delay(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** A program that runs one, and does something before and after it runs. */
function program(isolation: Isolation, after: string, before = ''): string {
  return `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(remote.module)}).then(async ({ processRunner }) => {
      const options = ${JSON.stringify(job.options(FORKING))};
      const prepared = await processRunner({ isolation: '${isolation}' }).prepare(options);
      ${before}
      const program = await prepared.start();
      ${after}
    });`;
}

function fleeing(ms: number) {
  return { ...job.options([]).env, TRACE: join(job.directory, 'trace'), SECONDS: String(ms / 1000) };
}

/** Nobody goes on with what was written before. */
async function expectNoTrace(): Promise<void> {
  const trace = join(job.directory, 'trace');
  const { size } = statSync(trace);
  await delay(50);
  expect(statSync(trace).size).toBe(size);
}

/** Moments in milliseconds, the same in every run. */
function moments(count: number, to: number, seed: number): number[] {
  const generator = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => uniformInt(generator, 0, to));
}
