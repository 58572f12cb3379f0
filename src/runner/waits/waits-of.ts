import { lstatSync } from 'node:fs';

import type { InsidePaths } from '../inside-paths.js';
import { threadsOf } from '../processes.js';
import type { Wait } from '../runner.js';
import { ProcessMemory } from './process-memory.js';
import { threadWaits } from './thread-wait.js';

/** What may be in the path of a channel's FIFO or file. */
const PATH_CHARACTER = /[\w./-]/;
/** More names than these are no hint. */
const MOST_NAMES = 20;

/** From what says most to what says nothing. What stands below something that is there is left out. */
const RANKS: readonly (readonly Wait['kind'][])[] = [
  ['openFifo', 'readFifo', 'writePipe', 'run'],
  ['child'],
  ['sleep'],
  ['other'],
];

/**
 * What a process waits for: what each of its threads says, but only as much as says something. On Linux, of processes of
 * this user, or as root; elsewhere nothing.
 */
export async function waitsOf(pid: number, paths: InsidePaths): Promise<readonly Wait[]> {
  const memory = new ProcessMemory(pid);
  try {
    const all = threadsOf(pid).flatMap((thread) => threadWaits(pid, thread, memory));
    const kinds = RANKS.find((rank) => all.some(({ kind }) => rank.includes(kind))) ?? [];
    const waits = distinct(all.filter(({ kind }) => kinds.includes(kind)));
    const [first] = waits;
    if (first?.kind !== 'sleep' && first?.kind !== 'child') return waits;
    return [{ kind: first.kind, names: await missingNames(memory, paths) }];
  } finally {
    memory.close();
  }
}

/** Names below the channels' directory that are in memory, and of nothing that is there. */
async function missingNames(memory: ProcessMemory, paths: InsidePaths): Promise<string[]> {
  const words = await memory.wordsFrom(`${paths.data}/`, PATH_CHARACTER);
  const missing = [...words].filter(
    (path) => lstatSync(paths.outside(path), { throwIfNoEntry: false }) === undefined,
  );
  return missing.sort().slice(0, MOST_NAMES);
}

function distinct(waits: readonly Wait[]): Wait[] {
  return [...new Map(waits.map((wait) => [JSON.stringify(wait), wait])).values()];
}
