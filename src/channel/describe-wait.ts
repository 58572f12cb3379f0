import { basename, dirname } from 'node:path';

import type { DeliveryProgress } from '../delivery/delivery.js';
import { printableLine } from '../printable.js';
import { parseFifoName } from '../fs/fifo-name.js';
import { namesBeside } from '../fs/names-beside.js';
import { type FifoReader, readersIn } from '../fs/readers-in.js';

/** How many processes a message lists. */
const MOST_LISTED = 3;

/** What a channel waits for, where and since when: the end of a sentence that begins with "it had waited". */
export function describeWait(progress: DeliveryProgress, waitedMs: number): string {
  const { phase, waitingFor, epoch, path, epochBytes } = progress;
  const waited = `it had waited ${duration(waitedMs)}`;
  if (waitingFor === 'source')
    return `${waited} for the source, ${positionOf(progress)}. ${phase === 'waiting' ? 'No reader has come into it yet.' : ''}`.trim();
  const readers = readersIn(dirname(path));
  if (phase === 'waiting')
    return `${waited} for a reader to open ${path} (epoch ${epoch}). ${othersIn(path, readers)}`;
  const [reader] = readers.filter((each) => each.path === path);
  const who = reader ? `${nameOf(reader)} has it open` : 'somebody has it open';
  return `${waited} for the reader of ${path} (epoch ${epoch}) to read on, after writing ${count(epochBytes, 'byte')} (some may still be in the pipe): ${who}.`;
}

function positionOf({ phase, epoch, epochBytes, epochObjects, lastKey }: DeliveryProgress): string {
  if (phase === 'waiting') return 'which was being looked at or listed';
  const last = lastKey === undefined ? '' : `, the last of them "${printableLine(lastKey)}"`;
  return `in epoch ${epoch}, after ${count(epochObjects, 'object')}${last} and ${count(epochBytes, 'byte')}`;
}

/** What else there is, which the reader may have taken for this. */
function othersIn(path: string, readers: readonly FifoReader[]): string {
  const others = readers.filter((reader) => reader.path !== path);
  if (others.length > 0) {
    const opened = others
      .slice(0, MOST_LISTED)
      .map((reader) => `${nameOf(reader)} has ${basename(reader.path)} open`);
    return `Nobody has it open; ${opened.join('; ')}. Do both mean the same channel and epoch?`;
  }
  const channel = parseFifoName(basename(path))?.channel;
  const names = namesBeside(path, (name) => parseFifoName(name)?.channel === channel);
  if (names === undefined) return 'Nobody has it open. Does the algorithm look in that directory?';
  return `Nobody has it open. Beside it: ${names}. Does the algorithm read this channel, and that epoch?`;
}

function nameOf({ pid, command }: FifoReader): string {
  return pid === process.pid ? 'this process' : `process ${pid} (${command})`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}

/** In seconds, in the precision that it is known in. */
function duration(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
