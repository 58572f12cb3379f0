import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, stat } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

/**
 * Finds what a test left behind in its own process: take a `snapshot()` before, call
 * `await expectNothingLeft(before, dir)` after.
 *
 * What it sees: descriptors by number and target; child processes, zombies too; worker threads, also those
 * that do not keep the process alive; active handles, requests and timers as far as they keep it alive
 * (`process.getActiveResourcesInfo()`: not an unreferenced timer); listeners of `process`; and, with `dir`,
 * FIFOs in it. What it cannot see: listeners of other emitters and signals, and other processes' children.
 *
 * It sees the whole process. So it needs test files that do not share one (Vitest's default), and tests that
 * do not run concurrently.
 */
export interface Snapshot {
  /** Each thing that is there, in words, and how many times. */
  readonly things: ReadonlyMap<string, number>;
}

/** Everything that is there now. */
export function snapshot(): Snapshot {
  return {
    things: count([...descriptors(), ...children(), ...threads(), ...activeResources(), ...listeners()]),
  };
}

/**
 * Makes sure that nothing is there that was not there before, and no FIFO below `dir`. Node closes handles
 * in the next turns of its loop, and the kernel takes a moment to end a process, so it looks again for up to
 * a second before it fails. Things that lasted that long are listed in the error.
 */
export async function expectNothingLeft(before: Snapshot, dir?: string): Promise<void> {
  const deadline = performance.now() + 1000;
  for (;;) {
    const left = leftSince(before, dir);
    if (left.length === 0) return;
    if (performance.now() >= deadline)
      throw new Error(`Left behind:\n${left.map((it) => `  ${it}`).join('\n')}`);
    await delay(5);
  }
}

/** What is there now and was not there before, in words. */
export function leftSince(before: Snapshot, dir?: string): string[] {
  const left: string[] = [];
  for (const [thing, times] of snapshot().things) {
    const more = times - (before.things.get(thing) ?? 0);
    if (more > 0) left.push(more === 1 ? thing : `${thing} (${more} times)`);
  }
  return dir === undefined ? left : [...left, ...fifosBelow(dir).map((path) => `FIFO ${path}`)];
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return descriptors().length;
}

/** Every FIFO in a directory and those below. */
export function fifosBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const paths = readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name)));
  return paths.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true);
}

function descriptors(): string[] {
  const dir = existsSync('/proc/self/fd') ? '/proc/self/fd' : '/dev/fd';
  return readdirSync(dir).flatMap((fd) => {
    try {
      return [`descriptor ${fd} of ${readlinkSync(join(dir, fd))}`];
    } catch (error) {
      // The descriptor by which the directory was read, which is closed by now.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      // Where descriptors are not links (macOS).
      return [`descriptor ${fd}`];
    }
  });
}

/** Found by their parent, in /proc. Where there is none, children are only seen as active resources. */
function children(): string[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const found = /^\d+ \((.*)\) (\S) (\d+) /s.exec(readIfThere(`/proc/${pid}/stat`));
      if (found === null || Number(found[3]) !== process.pid) return [];
      return [`child process ${pid}, ${found[1]}${found[2] === 'Z' ? ' (a zombie)' : ''}`];
    });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const workers = new Map<Worker, string>();
process.on('worker', (worker) => {
  workers.set(worker, `worker thread ${worker.threadId}`);
  worker.once('exit', () => workers.delete(worker));
});

/**
 * Workers, of which Node tells only when they begin. And the number of all threads, for those that began
 * before this module was loaded or belong to native code.
 */
function threads(): string[] {
  const all = existsSync('/proc/self/task') ? readdirSync('/proc/self/task').map(() => 'thread') : [];
  return [...workers.values(), ...all];
}

// libuv starts the threads of its pool at the first use, all at once: have that behind us.
stat('/', () => {});

function activeResources(): string[] {
  return process.getActiveResourcesInfo().map((type) => `active ${type}`);
}

function listeners(): string[] {
  return process.eventNames().flatMap((name) => {
    const label = `listener of process for "${String(name)}"`;
    return Array.from({ length: process.listenerCount(name) }, () => label);
  });
}

function count(things: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}
