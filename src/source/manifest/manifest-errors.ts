import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { formatLocation, keyOf, type Location } from './location.js';

/** The entry of a manifest, or the line of an augmented one, as a user finds it. */
export interface EntryLocation {
  readonly manifest: Location;
  /** The number of the line, counted from 1 as in an editor; or `entry 3`, counted from 0 with the prefix. */
  readonly entry: number | string;
  /** The attribute, if it is about one. */
  readonly attribute?: string;
}

/** The manifest as a whole cannot be used. */
export function invalidManifest(
  manifest: Location,
  problem: string,
  code: PipeModeErrorCode = 'MANIFEST_INVALID',
  cause?: unknown,
): PipeModeError {
  return new PipeModeError(code, `The manifest ${formatLocation(manifest)} ${problem}`, {
    ...detailsOf(manifest),
    cause,
  });
}

/** One of its entries is wrong. */
export function invalidEntry(place: EntryLocation, problem: string, cause?: unknown): PipeModeError {
  return new PipeModeError('MANIFEST_ENTRY_INVALID', `${formatPlace(place)} ${problem}`, {
    ...detailsOf(place.manifest),
    cause,
  });
}

/** An entry of a manifest in S3 names a file of this machine, and nobody has said that it may. */
export function localFileRefused(place: EntryLocation, what: string): PipeModeError {
  return invalidEntry(
    place,
    `has ${what}. A manifest in S3 may name objects in S3 only, as s3://BUCKET/KEY. If you trust whoever writes it with ` +
      'the files of this machine, pass `allowLocalFiles: true` to the source of the manifest.',
  );
}

/** What went wrong with the object that an entry points to, with the entry. */
export function failedEntry(place: EntryLocation, object: Location, error: unknown): unknown {
  if (!(error instanceof PipeModeError)) return error;
  const { message, key = keyOf(object), path, cause } = error;
  const code = error.code === 'SOURCE_NOT_FOUND' ? 'MANIFEST_OBJECT_MISSING' : error.code;
  return new PipeModeError(code, `${formatPlace(place)}: ${message}`, {
    key,
    path,
    cause: cause ?? error,
  });
}

function formatPlace({ manifest, entry, attribute }: EntryLocation): string {
  const where = typeof entry === 'number' ? `line ${entry}` : entry;
  const which = attribute === undefined ? '' : `, ${quote(attribute)}`;
  return `In the manifest ${formatLocation(manifest)}, ${where}${which}`;
}

function detailsOf(manifest: Location) {
  return manifest.kind === 'file' ? { path: manifest.path } : { key: manifest.key };
}

/** A piece of a manifest, short enough for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
