import { valueWithin } from '../../abort/value-within.js';
import { isSuccess, type Trial } from './trial.js';

/** No more are asked at once: if these queue, more do too. */
const MOST_AT_ONCE = 4;

/** How long an answer has to take for its end to tell one from the next, in milliseconds. */
const TELLING_MS = 100;

/** How long to wait for one beside others, at least, in milliseconds. */
const PATIENCE_MS = 2000;
const TIMES_PATIENCE = 10;

/** How often it has to be seen by its times. */
const ROUNDS = 2;

/**
 * As many invocations at once as there are workers. Whether they queue, two things tell, and both only if it is so: one that
 * is not answered while the payloads of the others are still on their way; and, where answers take their time, that none
 * ends before that time has passed since the one before it. On a machine with few cores all are slow, but together.
 */
export async function tryAtOnce(trial: Trial, usualMs: number): Promise<void> {
  const { workers, payload, instance } = trial.parts;
  if (workers === undefined || workers < 2) return;
  const count = Math.min(workers, MOST_AT_ONCE);
  const waits = payload.length > 0 && (await waitsForOthers(trial, count, usualMs));
  if (waits)
    instance.seen.queue = {
      workers,
      seen: `did not answer an invocation while the payload of ${count === 2 ? 'another one' : `${count - 1} others`} was on its way`,
    };
  else if (usualMs >= TELLING_MS && (await oneAfterTheOther(trial, count, usualMs)))
    instance.seen.queue = { workers, seen: `answered ${count} invocations at once one after the other` };
}

async function waitsForOthers(trial: Trial, count: number, usualMs: number): Promise<boolean> {
  const held = Array.from({ length: count - 1 }, () => trial.holdBack());
  await Promise.all(held.map(({ reached }) => reached));
  const asked = trial.post(trial.parts.payload);
  try {
    return (await valueWithin(asked, Math.max(PATIENCE_MS, TIMES_PATIENCE * usualMs))) === undefined;
  } finally {
    for (const each of held) each.release();
    await Promise.allSettled([asked, ...held.map(({ outcome }) => outcome)]);
  }
}

async function oneAfterTheOther(trial: Trial, count: number, usualMs: number): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const asked = Array.from({ length: count }, () => trial.post(trial.parts.payload));
    const outcomes = await Promise.all(asked);
    if (!outcomes.every(isSuccess)) return false;
    const ends = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
    if (ends.slice(1).some((end, index) => end - ends[index]! < usualMs / 2)) return false;
  }
  return true;
}
