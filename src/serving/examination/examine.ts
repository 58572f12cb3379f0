import { tryAccept } from './try-accept.js';
import { tryAtOnce } from './try-at-once.js';
import { tryBody } from './try-body.js';
import { tryLateByte } from './try-late-byte.js';
import { Trial, type TrialParts } from './trial.js';

/** How often to ask, to know how long an answer takes. */
const TIMES = 3;

/**
 * Asks an instance what ordinary use does not, and has it note what came of it.
 *
 * @throws the signal's reason; what the instance is given up with
 */
export async function examine(parts: TrialParts): Promise<void> {
  const trial = new Trial(parts);
  const usualMs = await usualTime(trial);
  await tryLateByte(trial, usualMs);
  await tryAccept(trial);
  await tryAtOnce(trial, usualMs);
  await trial.settled();
  await tryBody(trial, 'empty');
  await tryBody(trial, 'large');
}

/** How long an answer takes, in milliseconds: the median. */
async function usualTime(trial: Trial): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < TIMES; count++) times.push((await trial.post(trial.parts.payload)).ms);
  return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)]!;
}
