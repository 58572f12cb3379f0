import type { ChannelStats } from 'sagemaker-pipe-mode';

import type { SeenEvent } from './events.js';
import { type Problem } from './problem.js';
import type { Reading } from './readers/reading.js';

/** How a promise ended. */
export type Settled = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

/** Everything that was seen of one channel. */
export interface ChannelRecord {
  readonly events: SeenEvent[];
  readonly readings: Reading[];
  start: Settled | undefined;
  finished: Settled | undefined;
  /** When the plan, or the driver after a failure, first asked for the end. */
  stopAskedAt: bigint | undefined;
  /** What the calls of `stop()` and disposal ended with. */
  readonly stops: Settled[];
  /** Whether a fault or the plan's own stop ended it, and not the driver after everything was over. */
  stoppedByPlan: boolean;
  abortedByPlan: boolean;
  stats: ChannelStats | undefined;
  /** When a file, or an object in S3, began to be changed, and when that was done. */
  changeBeganAt: bigint | undefined;
  changedAt: bigint | undefined;
  /** What the changed object consists of since then; nothing if it has vanished. */
  changedTo: Buffer | undefined;
  /** What it consisted of meanwhile. */
  changedVia: readonly Buffer[];
  /** The files that File mode has made, by path, and what is wrong with them. */
  files: ReadonlyMap<string, Buffer> | undefined;
  readonly problems: Problem[];
  /** The most that generators had yielded and the pipe had not taken, in bytes. */
  mostHeld: number;
  listenersLeft: number;
}

export function newRecord(): ChannelRecord {
  return {
    events: [],
    readings: [],
    start: undefined,
    finished: undefined,
    stopAskedAt: undefined,
    stops: [],
    stoppedByPlan: false,
    abortedByPlan: false,
    stats: undefined,
    changeBeganAt: undefined,
    changedAt: undefined,
    changedTo: undefined,
    changedVia: [],
    files: undefined,
    problems: [],
    mostHeld: 0,
    listenersLeft: 0,
  };
}

export async function settle(promise: Promise<unknown>): Promise<Settled> {
  try {
    await promise;
    return { ok: true };
  } catch (error) {
    return { ok: false, error };
  }
}
