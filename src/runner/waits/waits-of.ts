import { lstatSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import type { InsidePaths } from '../inside-paths.js';
import { threadsOf } from '../processes.js';
import type { Wait } from '../runner.js';
import { ProcessMemory } from './process-memory.js';
import { threadWaits } from './thread-wait.js';

/** What may be in the path of a channel's FIFO or file. */
const PATH_CHARACTER = /[\w./-]/;
/** How the hosts of a job are called. */
const HOST = 'algo-';
const HOST_NAME = /^algo-\d+$/;
/** More names than these are no hint. */
const MOST_NAMES = 20;

/** How many names are looked for in memory: whoever has read a channel in File mode may have a million. */
const MOST_WORDS = 10_000;
/** How many of them are looked for on the disk at a time: some milliseconds. */
const WORDS_AT_ONCE = 500;

/** How often to look at what computes, and how long to wait in between, in milliseconds. */
const MOST_LOOKS = 5;
const LOOK_AGAIN_MS = 10;

/** What a process may look for. */
type Guess = Pick<Extract<Wait, { kind: 'sleep' }>, 'names' | 'hosts'>;

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
    const all = await waitsOfThreads(pid, memory);
    const kinds = RANKS.find((rank) => all.some(({ kind }) => rank.includes(kind))) ?? [];
    const waits = distinct(all.filter(({ kind }) => kinds.includes(kind)));
    const [first] = waits;
    if (first?.kind !== 'sleep' && first?.kind !== 'child') return waits;
    return [{ kind: first.kind, ...(await guess(memory, paths)) }];
  } finally {
    memory.close();
  }
}

/** Looks again as long as something runs: who looks for a file time and again does so for a moment only. */
async function waitsOfThreads(pid: number, memory: ProcessMemory): Promise<Wait[]> {
  for (let left = MOST_LOOKS - 1; ; left--) {
    const all = threadsOf(pid).flatMap((thread) => threadWaits(pid, thread, memory));
    if (left === 0 || !all.some(({ kind }) => kind === 'run')) return all;
    await delay(LOOK_AGAIN_MS);
  }
}

/** What is in memory: names below the channels' directory, of nothing that is there, and names of hosts. */
async function guess(memory: ProcessMemory, paths: InsidePaths): Promise<Guess> {
  const data = `${paths.data}/`;
  const words = await memory.wordsFrom([data, HOST], PATH_CHARACTER, MOST_WORDS);
  const below = words.filter((word) => word.startsWith(data));
  return {
    names: inOrder(await missing(below, paths)),
    hosts: inOrder(words.filter((word) => HOST_NAME.test(word))),
  };
}

/** Everybody else has his turn meanwhile. */
async function missing(words: readonly string[], paths: InsidePaths): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < words.length; at += WORDS_AT_ONCE) {
    const some = words.slice(at, at + WORDS_AT_ONCE);
    found.push(...some.filter((word) => isMissing(paths.outside(word))));
    await nextTurn();
  }
  return found;
}

/** Not what is no name at all: one that is too long, say. */
function isMissing(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Epochs by their numbers. */
function inOrder(words: string[]): string[] {
  return words.sort((a, b) => BY_NUMBERS.compare(a, b)).slice(0, MOST_NAMES);
}

/** Made once: that takes longer than to compare thousands. */
const BY_NUMBERS = new Intl.Collator('en', { numeric: true });

function distinct(waits: readonly Wait[]): Wait[] {
  return [...new Map(waits.map((wait) => [JSON.stringify(wait), wait])).values()];
}
