import { setTimeout as delay } from 'node:timers/promises';

import { afterMs } from '../abort/after-ms.js';
import { onAbort } from '../abort/on-abort.js';
import { raceAbort } from '../abort/race-abort.js';
import { PipeModeError } from '../errors.js';
import type { ProgramExit } from '../runner/runner.js';
import { describeNoPing, describePing, type PingAnswer } from './ping.js';

/** How often to ask whether a server is ready, in milliseconds: our choice, the guide says "periodic". */
const PING_EVERY_MS = 100;

/** What `/ping` has come to. */
export interface LastPing {
  readonly isHealthy: boolean;
  /** Whether it was answered, was not answered in time, found no connection in time, or something else went wrong. */
  readonly kind: 'answered' | 'late' | 'notAccepted' | 'failed';
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** In words. */
  readonly text: string;
}

/** Asks once, whatever comes of it. */
export async function lastPing(ping: () => Promise<PingAnswer>): Promise<LastPing> {
  const began = performance.now();
  try {
    const answer = await ping();
    const isHealthy = answer.status === 200;
    return { isHealthy, kind: 'answered', ms: answer.ms, text: describePing(answer) };
  } catch (error) {
    const ms = performance.now() - began;
    return { isHealthy: false, kind: kindOf(error), ms, text: describeNoPing(error) };
  }
}

function kindOf(error: unknown): LastPing['kind'] {
  const code = error instanceof PipeModeError ? error.code : undefined;
  if (code === 'PING_TIMED_OUT') return 'late';
  return code === 'CONNECT_TIMED_OUT' ? 'notAccepted' : 'failed';
}

/** What ends the waiting. */
interface Waiting {
  readonly exited: Promise<ProgramExit>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks until a server is healthy, has ended, or the time is over.
 *
 * @throws the signal's reason
 */
export async function untilHealthy(
  ping: () => Promise<LastPing>,
  { exited, timeoutMs, signal }: Waiting,
): Promise<'healthy' | 'late' | ProgramExit> {
  const over = new AbortController();
  let end: 'late' | ProgramExit | undefined;
  const endWith = (what: typeof end) => {
    end ??= what;
    over.abort();
  };
  void exited.then(endWith);
  const callOff = afterMs(timeoutMs, () => endWith('late'));
  const unwatch = onAbort(signal, () => over.abort());
  try {
    for (;;) {
      signal.throwIfAborted();
      if (end !== undefined) return end;
      try {
        const { isHealthy } = await raceAbort(ping(), over.signal);
        if (isHealthy) return 'healthy';
        await delay(PING_EVERY_MS, undefined, { signal: over.signal });
      } catch {
        // the waiting is over
      }
    }
  } finally {
    callOff();
    unwatch();
  }
}
