import { PipeModeError } from '../errors.js';
import type { Source } from '../source/source.js';

/** An epoch that has no object, although it should. */
export function nothingListed({ source, epoch }: { source: Source; epoch: number }): PipeModeError {
  return new PipeModeError(
    'SOURCE_EMPTY',
    `The source ${source.description ?? ''} listed no object in epoch ${epoch}, so there is nothing to stream. ` +
      `Put data there, or fix the source.`,
  );
}
