import type { Random } from './random.js';
import type { Moment } from './scenario.js';

/** When something happens to a channel. */
export function drawMoment(random: Random): Moment {
  return {
    at: random.weighted([[1, 'beforeStart'], [3, 'duringStart'], [2, 'afterStart'], [5, 'epochStart'], [5, 'object'], [2, 'epochEnd']]), // prettier-ignore
    count: random.weighted([[5, 1], [3, 2], [2, random.int(3, 8)]]), // prettier-ignore
    delayMs: random.weighted([[5, 0], [3, random.int(1, 5)], [1, random.int(5, 30)]]), // prettier-ignore
  };
}
