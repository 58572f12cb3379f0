import type { ReadPlan } from '../scenario.js';

/** What a reader got of one epoch. Times are nanoseconds of the monotonic clock, the same in every process. */
export interface Reading {
  readonly epoch: number;
  readonly plan: ReadPlan;
  /** Whether its `open` has returned, and so a writer was there (unless it opened without waiting). */
  isOpen: boolean;
  bytes: number;
  sha256: string;
  /** Whether it saw the end of the data. */
  eof: boolean;
  endedAt: bigint;
  /** Whether the next epoch's FIFO, and this one's name, were there when it had read its first byte. */
  atFirstByte?: { readonly at: bigint; readonly next: boolean; readonly name: boolean } | undefined;
  /** How many bytes it got when it opened the same epoch once more; -1 if there was no name to open. */
  again?: number | undefined;
  /** What it failed with. */
  failure?: string | undefined;
  /** Whether it had to be ended because nothing came. */
  wasCancelled: boolean;
}

export interface ReadRequest {
  readonly dir: string;
  readonly channel: string;
  readonly epoch: number;
  readonly plan: ReadPlan;
  /** Ends the reader, wherever it is. */
  readonly signal: AbortSignal;
  /** Called when there is news of it. */
  readonly onChange?: (() => void) | undefined;
}

export function newReading({ epoch, plan }: ReadRequest): Reading {
  return { epoch, plan, isOpen: false, bytes: 0, sha256: '', eof: false, endedAt: 0n, wasCancelled: false };
}

/** The clock that readers in other processes have, too. */
export function now(): bigint {
  return process.hrtime.bigint();
}
