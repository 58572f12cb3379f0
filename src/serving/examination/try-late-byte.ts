import { valueWithin } from '../../abort/value-within.js';
import { isSuccess, type Trial } from './trial.js';

/** How long to wait for an answer that comes too early, beside twice the usual time, in milliseconds. */
const PATIENCE_MS = 300;
const MOST_PATIENCE_MS = 5000;

/** All but the last byte of the payload: who answers that has not read all of it. */
export async function tryLateByte(trial: Trial, usualMs: number): Promise<void> {
  const { payload, instance } = trial.parts;
  if (payload.length === 0) return;
  const held = trial.holdBack();
  await held.reached;
  const early = await valueWithin(held.outcome, Math.min(2 * usualMs + PATIENCE_MS, MOST_PATIENCE_MS));
  held.release();
  await held.outcome;
  if (early !== undefined && isSuccess(early))
    instance.seen.noteEarlyAnswer({ sent: payload.length - 1, length: payload.length });
}
