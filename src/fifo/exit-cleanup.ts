import { lstatSync, unlinkSync } from 'node:fs';

import { attemptAtExit, listenAtExit, waitAtExit } from '../at-exit.js';
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

function watch(): void {
  listenAtExit(removeAll, named.size + beingCreated.size > 0);
}

function removeAll(): void {
  for (const fifo of named) attemptAtExit(() => removeFifo(fifo));
  const deadline = performance.now() + PATIENCE_MS;
  for (const path of beingCreated) {
    attemptAtExit(() => {
      waitAtExit(() => isFifo(path), deadline - performance.now());
      if (isFifo(path)) unlinkSync(path);
    });
  }
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
