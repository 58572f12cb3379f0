import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';

import type Docker from 'dockerode';
import { afterEach, expect, test, vi } from 'vitest';

import { AttachedOutput } from '../../../src/runner/container/attached-output.js';
import { ContainerProgram, type StartedContainer } from '../../../src/runner/container/container-program.js';
import type { Engine } from '../../../src/runner/container/engine.js';
import { LiveCopy } from '../../../src/runner/container/live-copy.js';
import { rejection } from '../../support/expected-errors.js';
import { useScratch } from '../../support/scratch.js';
import { type Answer, stateOf, withFakeEngine } from './fake-engine.js';

const scratch = useScratch();

afterEach(() => void vi.restoreAllMocks());

const GONE_AWAY: Answer = { status: 404, body: '{"message":"no such container"}' };
const NOT_RUNNING: Answer = { status: 409, body: '{"message":"is not running"}' };
const FAILURE: Answer = { status: 500, body: '{"message":"too many open files"}' };
const DONE: Answer = { status: 204 };

/** A container that runs, as far as that can be said of one that there is not. */
function programOf(
  engine: Engine,
  container: Docker.Container,
  more: Partial<StartedContainer> = {},
): ContainerProgram {
  const [stdout, stderr] = (['stdout', 'stderr'] as const).map((name) => {
    return new AttachedOutput(new PassThrough().end(), name);
  });
  return new ContainerProgram({
    engine,
    container,
    pid: 2 ** 22 + 1, // more than there can be
    stdout: stdout!,
    stderr: stderr!,
    directory: scratch.dir,
    release: async () => undefined,
    ...more,
  });
}

/** Lets the time go by that an engine has to come back. */
function letTimePass(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
}

/** An engine that ends its container when it has been asked to as often as there are answers. */
async function killsAfter(...answers: readonly Answer[]): Promise<number> {
  let asked = 0;
  let isKilled = () => {};
  const killed = new Promise<void>((resolve) => (isKilled = resolve));
  await withFakeEngine(
    async (request) => {
      if (request === 'GET json') return stateOf({ Running: false, ExitCode: 137 });
      if (request === 'POST wait') return await killed.then(() => ({ status: 200, body: '{}' }));
      expect(request).toBe('POST kill?signal=SIGKILL');
      if (asked === answers.length - 1) setTimeout(isKilled, 500); // in which it would be asked twice more
      return answers[asked++] ?? DONE;
    },
    async (engine, container) => {
      const program = programOf(engine, container);
      program.kill();
      program.kill();
      expect(await program.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    },
  );
  return asked;
}

test('an engine that cannot kill it now is asked again', async () => {
  expect(await killsAfter(FAILURE, 'cut', DONE)).toBe(3);
});

test.each([NOT_RUNNING, GONE_AWAY])('there is nothing left to kill: %o', async (answer) => {
  expect(await killsAfter(answer)).toBe(1);
});

test('an engine that is away for a moment, and comes back', async () => {
  const answers: Answer[] = ['cut', 'cut', FAILURE, stateOf({ Running: true }), 'cut'];
  await withFakeEngine(
    (request) => {
      const answer = answers.shift() ?? stateOf({ Running: false, ExitCode: 3 });
      return request === 'POST wait' && answer !== 'cut' ? FAILURE : answer;
    },
    async (engine, container) => {
      expect(await programOf(engine, container).ended).toMatchObject({ code: 3, signal: null });
    },
  );
});

test.each([
  { OOMKilled: true, expected: { code: null, signal: 'SIGKILL', outOfMemory: true } },
  { OOMKilled: false, expected: { code: 137, signal: null } },
])('an engine that hears why it was killed after the end: %o', async ({ OOMKilled, expected }) => {
  let asked = 0;
  await withFakeEngine(
    (request) => {
      if (request === 'POST wait') return { status: 200, body: '{}' };
      return stateOf({ Running: false, ExitCode: 137, OOMKilled: ++asked > 2 && OOMKilled });
    },
    async (engine, container) => {
      expect(await programOf(engine, container).ended).toEqual({ ...expected, leftBehind: [] });
    },
  );
  expect(asked).toBe(OOMKilled ? 3 : 6);
});

test('a container that is not there any more is lost at once', async () => {
  await withFakeEngine(
    () => GONE_AWAY,
    async (engine, container) => {
      const program = programOf(engine, container);
      expect(await program.ended).toEqual({ code: null, signal: null, leftBehind: [] });
      expect(await rejection(program.collect())).toMatchObject({ code: 'RUNNER_FAILED' });
    },
  );
});

test('an engine that does not come back', async () => {
  let asked = 0;
  await withFakeEngine(
    () => {
      if (++asked === 4) letTimePass();
      return 'cut';
    },
    async (engine, container) => {
      expect(await programOf(engine, container).ended).toEqual({ code: null, signal: null, leftBehind: [] });
      expect(asked).toBeGreaterThanOrEqual(4);
    },
  );
});

test.runIf(process.platform === 'linux')(
  'while the engine is away, a program that is seen to run has not ended',
  async () => {
    const child = spawn('sleep', ['60']);
    let asked = 0;
    await withFakeEngine(
      () => {
        if (++asked === 4) letTimePass();
        if (asked === 12) child.kill();
        return 'cut';
      },
      async (engine, container) => {
        const program = programOf(engine, container, { pid: child.pid! });
        expect(program.isVisible).toBe(true);
        expect(await program.ended).toMatchObject({ code: null, signal: null });
        expect(asked).toBeGreaterThanOrEqual(12);
        expect(child.killed).toBe(true);
      },
    );
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  },
);

test.runIf(process.platform === 'linux')('nobody waits for what was to be killed meanwhile', async () => {
  const child = spawn('sleep', ['60']);
  let asked = 0;
  await withFakeEngine(
    () => {
      if (++asked === 6) letTimePass();
      return 'cut';
    },
    async (engine, container) => {
      const program = programOf(engine, container, { pid: child.pid! });
      program.kill();
      expect(await program.ended).toMatchObject({ code: null, signal: null });
    },
  );
  child.kill();
  await once(child, 'exit');
});

test('it is removed, and what it shares given back, also if its copies cannot be discarded', async () => {
  const asked: string[] = [];
  await withFakeEngine(
    (request) => {
      asked.push(request);
      return request === 'GET json' ? stateOf({ Running: false, ExitCode: 0 }) : { status: 200, body: '{}' };
    },
    async (engine, container) => {
      const release = vi.fn(async () => undefined);
      const program = programOf(engine, container, { release });
      vi.spyOn(LiveCopy.prototype, 'refresh').mockResolvedValue(false);
      vi.spyOn(LiveCopy.prototype, 'discard').mockRejectedValue(new Error('cannot be removed'));
      await program.refresh('/opt/ml/checkpoints', scratch.path('checkpoints'));
      await expect(program.remove()).rejects.toThrow('cannot be removed');
      expect(release).toHaveBeenCalledTimes(1);
      expect(asked.join()).toMatch(/DELETE/);
      await program.ended;
    },
  );
});
