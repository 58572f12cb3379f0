import { PipeModeError } from '../../errors.js';
import { describe } from '../../options/expected.js';
import { isS3 } from '../../options/s3-form.js';
import { formatS3Uri, parseS3Uri } from '../s3/uri.js';
import { type Location, type ManifestAccess, parsePath } from './location.js';
import {
  type EntryLocation,
  invalidEntry,
  invalidManifest,
  localFileRefused,
  quote,
} from './manifest-errors.js';

/** What a `ManifestFile` lists: the objects `prefix` + `suffix`, in order. */
export interface Manifest {
  readonly prefix: ManifestPrefix;
  readonly suffixes: readonly string[];
}

/** What all entries begin with, literally: a beginning of keys, or of paths. */
export type ManifestPrefix =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'file'; readonly prefix: string };

/** S3's limit for keys. Linux's for paths is four times that. */
const MAX_KEY_BYTES = { s3: 1024, file: 4096 };

/**
 * @throws {@link PipeModeError} `SOURCE_EMPTY`, `MANIFEST_INVALID`, `MANIFEST_ENTRY_INVALID`
 */
export function parseManifest(text: string, access: ManifestAccess): Manifest {
  const { manifest } = access;
  if (text.trim() === '') throw empty(manifest, 'is empty');
  const [first, ...entries] = parseArray(text, manifest);
  if (first === undefined) throw empty(manifest, 'is an empty array');
  const prefix = parsePrefix(first, access);
  if (entries.length === 0) throw empty(manifest, 'has a prefix, and no entry after it');
  checkEntries(entries, prefix, manifest);
  return { prefix, suffixes: entries };
}

/** Where an entry leads. */
export function entryLocation(prefix: ManifestPrefix, suffix: string): Location {
  if (prefix.kind === 'file') return { kind: 'file', path: prefix.prefix + suffix };
  return { kind: 's3', bucket: prefix.bucket, key: prefix.prefix + suffix };
}

function parseArray(text: string, manifest: Location): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalidManifest(manifest, notJson(text, error as SyntaxError), 'MANIFEST_INVALID', error);
  }
  if (Array.isArray(parsed)) return parsed as unknown[];
  const hint = isObject(parsed) ? ' If it has one object per line, it is an augmented manifest.' : '';
  throw invalidManifest(manifest, `is not an array, but ${describe(parsed)}. ${SHAPE}${hint}`);
}

function notJson(text: string, error: SyntaxError): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  if (/^\s*\{/.test(text)) {
    return `is not an array: it begins with "{". ${SHAPE} If it has one object per line, it is an augmented manifest.`;
  }
  const isCutOff =
    /end of JSON input|Unterminated/.test(error.message) || Number(position) >= text.trimEnd().length;
  if (isCutOff) {
    return `is cut off: it ends at position ${text.length}, within the JSON array. Upload or copy it again.`;
  }
  return `is not JSON${position === undefined ? '' : ` from position ${position} on`} (${error.message}). ${SHAPE}`;
}

function parsePrefix(first: unknown, { manifest, allowsFiles }: ManifestAccess): ManifestPrefix {
  const place: EntryLocation = { manifest, entry: 'entry 0' };
  const value = isObject(first) ? first['prefix'] : undefined;
  if (typeof value !== 'string' || value === '') {
    throw invalidEntry(place, `is ${describe(first)}, not the prefix. ${SHAPE}`);
  }
  const other = Object.keys(first as object).find((name) => name !== 'prefix');
  if (other !== undefined) throw invalidEntry(place, `has the field "${other}" beside "prefix". ${SHAPE}`);
  if (isS3(value)) return parseS3Prefix(value, place);
  if (!allowsFiles) throw localFileRefused(place, `the prefix ${quote(value)}`);
  const path = parsePath(value, manifest);
  if (path !== undefined) return { kind: 'file', prefix: path };
  throw invalidEntry(
    place,
    `has the prefix ${quote(value)}. Expected s3://BUCKET/PREFIX, a file:// URL with an absolute path, or a path` +
      `${manifest.kind === 's3' ? ', which has to be absolute in a manifest in S3' : ''}.`,
  );
}

function parseS3Prefix(uri: string, place: EntryLocation): ManifestPrefix {
  try {
    const { bucket, prefix } = parseS3Uri(uri);
    // "s3://bucket" and the suffix "-2/key" would be another bucket.
    if (uri.startsWith(formatS3Uri(bucket, ''))) return { kind: 's3', bucket, prefix };
  } catch (error) {
    if (!(error instanceof PipeModeError)) throw error;
    throw invalidEntry(place, `has a prefix that cannot be: ${error.message}`, error);
  }
  throw invalidEntry(place, `has the prefix ${quote(uri)}, which needs a slash after the bucket.`);
}

function checkEntries(
  entries: readonly unknown[],
  prefix: ManifestPrefix,
  manifest: Location,
): asserts entries is string[] {
  const seen = new Map<unknown, number>();
  entries.forEach((entry, position) => {
    const place = { manifest, entry: `entry ${position + 1}` };
    const problem =
      typeof entry === 'string' ? problemOf(entry, prefix) : `is ${describe(entry)}, not a string`;
    if (problem !== undefined) throw invalidEntry(place, `${problem}. ${SHAPE}`);
    const before = seen.get(entry);
    if (before !== undefined) {
      throw invalidEntry(
        place,
        `is ${quote(entry as string)}, and so is entry ${before + 1}. Remove one of them: every entry may stand there once.`,
      );
    }
    seen.set(entry, position);
  });
}

function problemOf(entry: string, prefix: ManifestPrefix): string | undefined {
  if (/^(s3|https|file):\/\//i.test(entry)) {
    return `is the URI ${quote(entry)}, and not what follows the prefix: all entries of a manifest are below one prefix, in one bucket`;
  }
  const key = prefix.prefix + entry;
  if (key === '') return 'is empty, and so is the prefix within the bucket: that names no object';
  if (/\p{Surrogate}|\0/u.test(entry))
    return `is ${quote(entry)}, which has a character that no key can have`;
  const bytes = Buffer.byteLength(key);
  const limit = MAX_KEY_BYTES[prefix.kind];
  if (bytes > limit) {
    return `makes a key of ${bytes} bytes, of which ${limit} are allowed (${quote(entry)})`;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function empty(manifest: Location, how: string): PipeModeError {
  return invalidManifest(manifest, `${how}, so there is nothing to stream. ${SHAPE}`, 'SOURCE_EMPTY');
}

const SHAPE = 'Expected a JSON array: [{"prefix": "s3://BUCKET/PREFIX"}, "SUFFIX", "SUFFIX", …].';
