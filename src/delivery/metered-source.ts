import type { Body } from '../body/body.js';
import { markHanding } from '../body/each-chunk.js';
import type { ChunkMeter } from '../flow/chunk-meter.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import { markSourceError } from './failure.js';

/**
 * An object as its transforms get it: the chunks of its body that they hold are counted, and its errors can be told from
 * theirs. Parts stay as they are.
 */
export function meterSource(object: SourceObject, meter: ChunkMeter): SourceObject {
  const { key, size } = object;
  return { ...object, key, size, open: (context) => meterBody(object, meter, context) };
}

function meterBody(object: SourceObject, meter: ChunkMeter, context: OpenContext): Body {
  const body = open(object, context);
  const { parts } = body;
  const iterate = () => meter.iterate({ body, size: object.size, onError: markSourceError });
  markHanding(iterate, (take) => iterate().each(take));
  return { ...(parts && { parts }), [Symbol.asyncIterator]: iterate };
}

function open(object: SourceObject, context: OpenContext): Body {
  try {
    return object.open(context);
  } catch (error) {
    markSourceError(error);
    throw error;
  }
}
