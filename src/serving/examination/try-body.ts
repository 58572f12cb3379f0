import { valueWithin } from '../../abort/value-within.js';
import type { BodyKind } from '../findings/evidence.js';
import { howEnded } from '../serving-errors.js';
import { NEWS_MS, type Trial } from './trial.js';

/** How long it may take until a server that ends without an answer has ended, in milliseconds. */
const LATE_NEWS_MS = 2000;

/** How long to wait for an answer: who computes is not dead. In milliseconds. */
const PATIENCE_MS = 10_000;

/** How large the large one is at most, in bytes, whatever the limit: `MaxPayloadInMB` of a batch transform goes up to 100. */
const MOST_BYTES = 100 * 1024 * 1024;

/** A payload that a server may not be made for. Any answer will do; what counts is who is still there. */
export async function tryBody(trial: Trial, kind: BodyKind): Promise<void> {
  const { instance, payload, mostBytes, untilInService } = trial.parts;
  const exited = instance.program!.exited;
  const before = await pidsOf(trial);
  const body = kind === 'empty' ? new Uint8Array(0) : enlarged(payload, Math.min(mostBytes, MOST_BYTES));
  const { status } = await trial.post(body, { patienceMs: PATIENCE_MS });
  const exit = await valueWithin(exited, status === undefined ? LATE_NEWS_MS : NEWS_MS);
  if (exit !== undefined) instance.seen.noteDeath(kind, `ended ${howEnded(exit)}`);
  else if (status === undefined && (await hasLost(trial, before)))
    instance.seen.noteDeath(kind, 'one of its processes ended without an answer');
  await untilInService();
}

async function hasLost(trial: Trial, before: readonly number[]): Promise<boolean> {
  const now = new Set(await pidsOf(trial));
  return before.some((pid) => !now.has(pid));
}

async function pidsOf({ parts: { instance } }: Trial): Promise<number[]> {
  return (await instance.processes()).map(({ pid }) => pid);
}

/** The payload again and again, as lines. */
function enlarged(payload: Uint8Array, bytes: number): Uint8Array {
  return Buffer.alloc(bytes, Buffer.concat([payload, Buffer.from('\n')]));
}
