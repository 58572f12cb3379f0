import { basename, dirname } from 'node:path';

import { counted } from '../counted.js';
import type { DeliveryProgress } from '../delivery/delivery.js';
import { printableLine } from '../printable.js';
import { parseFifoName } from '../fs/fifo-name.js';
import { namesBeside } from '../fs/names-beside.js';
import { type FifoReader, readersIn } from '../fs/readers-in.js';
import { isClaimed } from './name-claims.js';

/** How many processes a message lists. */
const MOST_LISTED = 3;

/** What a channel waits for, where and since when: the end of a sentence that begins with "gave up:". */
export function describeWait(progress: DeliveryProgress, waitedMs: number): string {
  const { phase, waitingFor, epoch, path, epochBytes } = progress;
  const waited = `it had waited ${duration(waitedMs)}`;
  if (waitingFor === 'source') return `${waited} for the source ${describeSource(progress)}`;
  const readers = readersIn(dirname(path));
  if (phase === 'waiting')
    return `${waited} for a reader to open ${path} (epoch ${epoch}). ${describeOthers(progress, readers)}`;
  const [reader] = readers.filter((each) => each.path === path);
  const who = reader ? `${nameOf(reader)} has it open` : 'somebody has it open';
  return `${waited} for the reader of ${path} (epoch ${epoch}) to read on, after writing ${counted(epochBytes, 'byte')} (some may still be in the pipe): ${who}. Does it wait for something else?`;
}

function describeSource(progress: DeliveryProgress): string {
  const { phase, epoch, epochBytes, epochObjects, lastKey, openKey } = progress;
  if (phase === 'waiting') return 'to be looked at, or to be listed. No reader has come into it yet.';
  const what =
    openKey === undefined ? 'to give its next object' : `to go on with "${printableLine(openKey)}"`;
  const last = lastKey === undefined ? '' : ` (the last one was "${printableLine(lastKey)}")`;
  return `${what}, in epoch ${epoch}, after ${counted(epochObjects, 'object')}${last} and ${counted(epochBytes, 'byte')}. Does it wait for something itself?`;
}

/** What else there is: what the reader may have taken for this, and why it may not come. */
function describeOthers({ path, epoch }: DeliveryProgress, readers: readonly FifoReader[]): string {
  const others = readers.filter((reader) => reader.path !== path);
  const isServed = ({ path: other }: FifoReader) =>
    isClaimed(dirname(other), parseFifoName(basename(other))!.channel);
  const mistaken = others.filter((reader) => !isServed(reader));
  if (mistaken.length > 0)
    return `Nobody has it open; ${opened(mistaken)}. Do both mean the same channel and epoch?`;
  if (others.length > 0)
    return `Nobody has it open; ${opened(others)}, and may not have come to this one yet.`;
  if (epoch > 0)
    return `The reader of epoch ${epoch - 1} has gone, and nobody has come since. If the algorithm reads no more epochs, give the channel \`epochs: ${epoch}\`; or has it ended?`;
  const channel = parseFifoName(basename(path))?.channel;
  const names = namesBeside(path, (name) => parseFifoName(name)?.channel === channel);
  const beside = names === undefined ? '' : ` Beside it: ${names}.`;
  return `Nobody has it open.${beside} Does the algorithm open exactly this path: directory, channel and epoch?`;
}

function opened(readers: readonly FifoReader[]): string {
  const listed = readers.slice(0, MOST_LISTED);
  return listed.map((reader) => `${nameOf(reader)} has ${basename(reader.path)} open`).join('; ');
}

function nameOf({ pid, command }: FifoReader): string {
  return pid === process.pid ? 'this process' : `process ${pid} (${command})`;
}

/** In seconds, in the precision that it is known in. */
function duration(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
