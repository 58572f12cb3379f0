import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { listedAs } from '../../fs/file-errors.js';
import { statPath } from '../file/file-names.js';
import type { FileRange } from '../../body/body.js';
import { PartsBody } from '../../body/parts-body.js';
import { reusedChunks } from '../../body/reused-chunks.js';
import { PipeModeError } from '../../errors.js';
import { check, expected } from '../../options/expected.js';
import { isForeign, isPath, locationText, pathOf } from '../../options/location.js';
import { isS3 } from '../../options/s3-form.js';
import type { Connection } from '../s3/connection.js';
import { downloadUnlisted } from '../s3/download-unlisted.js';
import type { ObjectLocation } from '../s3/location.js';
import { formatS3Uri, parseS3Uri } from '../s3/uri.js';

/** One object in S3, or one file. */
export type Location =
  | ({ readonly kind: 's3' } & ObjectLocation)
  | { readonly kind: 'file'; /** Absolute. */ readonly path: string };

/**
 * Where a manifest is: `s3://BUCKET/KEY` or a `file://` URL, strings or `URL`s, or a path.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `S3_INVALID_URI`
 */
export function manifestLocation(location: unknown): Location {
  const uri = locationText('uri', location);
  const rule = 'the s3:// URI, the file:// URL or the path of a manifest';
  check('uri', rule, uri, isPath);
  const given = uri as string;
  if (isS3(given)) return objectLocation(given);
  if (isForeign(given)) throw expected('uri', rule, given);
  return { kind: 'file', path: resolve(pathOf('uri', given)) };
}

/** A manifest, and what it may name. */
export interface ManifestAccess {
  readonly manifest: Location;
  /** Whether its entries may be files of this machine. Those of a manifest on this machine always may. */
  readonly allowsFiles: boolean;
}

/** @throws {@link PipeModeError} `S3_INVALID_URI` if it does not name an object */
export function objectLocation(uri: string): Location {
  const { bucket, prefix: key } = parseS3Uri(uri);
  if (key !== '') return { kind: 's3', bucket, key };
  throw new PipeModeError(
    'S3_INVALID_URI',
    `"${uri}" names a bucket, and no object in it. Expected s3://BUCKET/KEY.`,
  );
}

/**
 * The path that a manifest names by a `file://` URL or a path, if it is one. A relative one begins where the manifest
 * is, not where the process is.
 */
export function parsePath(value: string, manifest: Location): string | undefined {
  if (/^file:/i.test(value)) return pathOfUrl(value);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return undefined;
  if (value.startsWith('/')) return value;
  // `resolve` would take away the slash at the end, and a prefix is literal.
  return manifest.kind === 'file' ? `${dirname(manifest.path)}/${value.replace(/^(\.\/)+/, '')}` : undefined;
}

function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** The location as users write it. */
export function formatLocation(location: Location): string {
  return location.kind === 's3' ? formatS3Uri(location.bucket, location.key) : location.path;
}

/** What the location is called among objects: the whole key, or the path. */
export function keyOf(location: Location): string {
  return location.kind === 's3' ? location.key : location.path;
}

/**
 * The bytes at a location, of one version.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED` …, `S3_…`
 */
export async function* readLocation(
  location: Location,
  connection: Connection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (location.kind === 'file') {
    yield* new PartsBody([rangeOfFile(location.path)]);
    return;
  }
  const lease = await connection.lease(signal);
  try {
    yield* downloadUnlisted(lease, location, signal);
  } finally {
    lease.release();
  }
}

/**
 * The same as {@link readLocation} for those who are done with a chunk when they ask for the next: its memory may be
 * used again.
 */
export function scanLocation(
  location: Location,
  connection: Connection,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  if (location.kind === 's3') return readLocation(location, connection, signal);
  return reusedChunks(rangeOfFile(location.path));
}

/** @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE` */
export function rangeOfFile(path: string): FileRange {
  const stats = statFile(path);
  return { path, offset: 0, length: stats.size, ...listedAs(stats) };
}

function statFile(path: string) {
  const stats = statPath(path);
  if (stats.isFile()) return stats;
  throw new PipeModeError(
    'SOURCE_UNREADABLE',
    `"${path}" is ${stats.isDirectory() ? 'a directory' : 'not a regular file'}. Expected a file.`,
    { path },
  );
}
