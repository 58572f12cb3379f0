import { lstatSync, unlinkSync } from 'node:fs';

import { type Fifo, removeFifo } from './fifo.js';

/** FIFOs that have a name, to be removed if the process exits before their sinks are closed. */
const named = new Set<Fifo>();
/** The paths of FIFOs that another process is making for us at the moment. */
const beingCreated = new Set<string>();

/** How long an exit waits for FIFOs that are being made, in milliseconds. Making one takes some three. */
const PATIENCE_MS = 250;

/** Removes a FIFO's name now. */
export function removeNow(fifo: Fifo): void {
  if (!named.has(fifo)) return;
  removeFifo(fifo);
  named.delete(fifo);
  watch();
}

/** Makes a FIFO that is removed at the exit of the process, also if that comes while another process makes it. */
export async function makeRemovedAtExit(path: string, make: () => Promise<Fifo>): Promise<Fifo> {
  beingCreated.add(path);
  watch();
  try {
    const fifo = await make();
    named.add(fifo);
    return fifo;
  } finally {
    beingCreated.delete(path);
    watch();
  }
}

/** Listens for the exit while there is something to remove. */
function watch(): void {
  process.off('exit', removeAll);
  if (named.size + beingCreated.size > 0) process.on('exit', removeAll);
}

function removeAll(): void {
  for (const fifo of named) attempt(() => removeFifo(fifo));
  const deadline = performance.now() + PATIENCE_MS;
  for (const path of beingCreated) {
    attempt(() => {
      while (!isFifo(path) && performance.now() < deadline) pause();
      if (isFifo(path)) unlinkSync(path);
    });
  }
}

/** One that cannot be removed does not keep the others. */
function attempt(remove: () => void): void {
  try {
    remove();
  } catch {
    // The process exits: nothing can be reported any more.
  }
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

/** A millisecond in which nothing else happens: at an exit, nothing else can. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
