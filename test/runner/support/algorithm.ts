import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect } from 'vitest';

import { type Isolation, processRunner } from '../../../src/runner/process-runner.js';
import type { LogStream, ProgramOptions, RunningProgram } from '../../../src/runner/runner.js';
import { expectNothingLeft, type Snapshot, snapshot } from '../../support/leftovers.js';

/** A job's directory for every test, and a look whether anything is left after each. */
export function useJob() {
  const mark = `RUNNER_TEST_${process.pid}_${Date.now()}`;
  let directory = '';
  let before: Snapshot;
  let temporaryBefore: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'runner-test-'));
    mkdirSync(join(directory, 'input/data'), { recursive: true });
    temporaryBefore = ownTemporaryFiles();
    before = snapshot();
  });
  afterEach(async () => {
    try {
      await expectNothingLeft(before);
      await expectNoProcesses(mark);
      const isOurs = (line: string) => line.includes(directory);
      expect(mounts().split('\n').filter(isOurs)).toEqual([]); // other tests mount things of their own
      expect(ownTemporaryFiles()).toEqual(temporaryBefore);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const options = (command: readonly string[], more: Partial<ProgramOptions> = {}): ProgramOptions => ({
    directory,
    command,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', [mark]: 'yes' },
    cwd: '/',
    ...more,
  });
  return {
    /** What everything that a test starts has in its environment. */
    mark,
    get directory() {
      return directory;
    },
    options,
    start: (
      command: readonly string[],
      { isolation, signal, ...more }: Partial<ProgramOptions> & StartOptions = {},
    ): Promise<RunningProgram> => start(isolation, options(command, more), signal),
  };
}

interface StartOptions {
  readonly isolation?: Isolation;
  readonly signal?: AbortSignal;
}

async function start(
  isolation: Isolation | undefined,
  options: ProgramOptions,
  signal: AbortSignal | undefined,
): Promise<RunningProgram> {
  const prepared = await processRunner({ isolation }).prepare(options);
  return await prepared.start({ signal });
}

/** All lines, whole. */
export async function linesOf(stream: LogStream): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of stream) lines.push(...some.map(({ text }) => text));
  return lines;
}

/** Resolves when the program has printed a line. What comes with it is dropped. */
export async function untilLine(stream: LogStream, wanted: string): Promise<void> {
  for await (const lines of stream) if (lines.some(({ text }) => text === wanted)) return;
  throw new Error(`The program ended without saying "${wanted}"`);
}

/** Resolves when no process has the variable in its environment. The kernel takes a moment to end one. */
export async function expectNoProcesses(mark: string, patienceMs = 5000): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (processesWith(mark).length > 0) {
    if (performance.now() > deadline)
      throw new Error(`Still running: ${processesWith(mark).slice(0, 5).join('; ')}`);
    await delay(10);
  }
}

/** The processes with that variable in their environment, in words. */
export function processesWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`${mark}=`))
    .filter((pid) => !/^\d+ \(.*\) Z/s.test(read(`/proc/${pid}/stat`)))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`);
}

/** What is mounted for this process where runners mount something. Other programs of the machine mount things too. */
export function mounts(): string {
  const lines = read('/proc/self/mountinfo').split('\n');
  return lines.filter((line) => / \/(?:opt|etc)\b|runner-test-|sagemaker-pipe-mode-/.test(line)).join('\n');
}

/** What is mounted from below a directory, or has it in its path, for whatever process: in words. */
export function mountsOfAll(directory: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const lines = read(`/proc/${pid}/mountinfo`).split('\n');
    return lines.filter((line) => line.includes(directory)).map((line) => `of process ${pid}: ${line}`);
  });
}

/** What the library might have left in the temporary directory. */
function ownTemporaryFiles(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^sagemaker-pipe-mode-(pipe-|[0-9a-f]{8}-)/.test(name));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
