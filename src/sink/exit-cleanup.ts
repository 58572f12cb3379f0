import { type Fifo, removeFifo } from './fifo.js';

/** FIFOs that have a name, to be removed if the process exits before their sinks are closed. */
const named = new Set<Fifo>();

export function removeAtExit(fifo: Fifo): void {
  if (named.size === 0) process.on('exit', removeAll);
  named.add(fifo);
}

/** Removes a FIFO's name now. */
export function removeNow(fifo: Fifo): void {
  if (!named.delete(fifo)) return;
  if (named.size === 0) process.off('exit', removeAll);
  removeFifo(fifo);
}

function removeAll(): void {
  for (const fifo of named) removeFifo(fifo);
}
