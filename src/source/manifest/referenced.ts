import { PartsBody } from '../../body/parts-body.js';
import type { Connection } from '../s3/connection.js';
import { downloadUnlistedInRanges } from '../s3/download-unlisted.js';
import type { SourceObject } from '../source.js';
import { keyOf, type Location, rangeOfFile } from './location.js';
import { type EntryLocation, failedEntry } from './manifest-errors.js';

/** The object that an entry points to. What is wrong with it comes to light when its turn comes. */
export function referencedObject(
  location: Location,
  place: EntryLocation,
  connection: Connection,
): SourceObject {
  if (location.kind === 'file') return referencedFile(location, place);
  // Nothing is known of it before it is asked for: no size, and so no parts.
  return {
    key: location.key,
    async *open(context) {
      try {
        yield* downloadUnlistedInRanges(connection, location, context);
      } catch (error) {
        throw context.signal.aborted ? error : failedEntry(place, location, error);
      }
    },
  };
}

function referencedFile(location: Location & { kind: 'file' }, place: EntryLocation): SourceObject {
  const key = keyOf(location);
  try {
    const range = rangeOfFile(location.path);
    return { key, size: range.length, open: () => new PartsBody([range]) };
  } catch (error) {
    const failure = failedEntry(place, location, error);
    return {
      key,
      open() {
        throw failure;
      },
    };
  }
}
