import type { FetchedRange } from '../../body/body.js';
import { PipeModeError } from '../../errors.js';
import { indexByPosition } from '../index-of.js';
import type { Source, SourceObject } from '../source.js';
import { PackedStrings } from '../packed-strings.js';
import { Connection } from './connection.js';
import { downloadRange } from './download.js';
import { listObjects } from './list.js';
import type { ObjectVersion, S3Location } from './location.js';
import { readS3Options, type S3SourceOptions } from './options.js';
import { RANGE_BYTES } from './ranged-download.js';
import { parseS3Uri } from './uri.js';

/**
 * The objects of an S3 bucket whose keys begin with a prefix, in the order of the UTF-8 bytes of their keys. They
 * are listed page by page while streaming already goes on. Empty objects whose keys end in `/`, which consoles
 * make to show folders, are skipped.
 *
 * An object is sent exactly as it was listed: where a connection breaks, the next one continues at that byte and
 * only if the ETag is still the same.
 *
 * The AWS SDK is loaded at the first use. The client lives until `close()`, which a channel calls when it ends.
 *
 * @param uri - `s3://BUCKET/PREFIX`, a string or a `URL`. The prefix is literal: it is not URL-decoded, no slash is
 *   implied, and it may be empty. This is SageMaker's `S3Prefix`. The bucket may be an access point: its alias, or its
 *   ARN, as in `s3://arn:aws:s3:eu-central-1:123456789012:accesspoint/NAME/PREFIX`.
 *
 * @throws {@link PipeModeError} `S3_INVALID_URI`, `INVALID_OPTION`, `UNKNOWN_OPTION`; later, from the channel or the
 *   iteration, `SOURCE_EMPTY`, `SOURCE_CHANGED`, `SOURCE_VANISHED`, `S3_NO_SUCH_BUCKET`, `S3_ACCESS_DENIED`,
 *   `S3_NO_CREDENTIALS`, `S3_NO_REGION`, `S3_WRONG_REGION`, `S3_UNREACHABLE`, `S3_LIST_OUT_OF_ORDER`,
 *   `S3_REQUEST_FAILED`.
 *
 * @example
 * ```ts
 * import { createChannel, s3Source } from 'sagemaker-pipe-mode';
 *
 * const source = s3Source('s3://my-bucket/train/', { s3: { region: 'eu-central-1' } });
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export function s3Source(uri: string | URL, options: S3SourceOptions = {}): Source {
  const location = parseS3Uri(uri);
  const description = String(uri);
  const connection = new Connection(readS3Options(options));
  return {
    description,

    async check({ signal }) {
      const lease = await connection.lease(signal);
      try {
        for await (const _ of listObjects(lease, location, signal)) return;
      } finally {
        lease.release();
      }
      throw new PipeModeError(
        'SOURCE_EMPTY',
        `There is nothing to stream in ${description}: no key of the bucket "${location.bucket}" begins with ` +
          `"${location.prefix}", apart from empty folder entries. Check the prefix: it is case-sensitive, and taken literally.`,
      );
    },

    async *objects({ signal }) {
      const lease = await connection.lease(signal);
      try {
        for await (const version of listObjects(lease, location, signal))
          yield toObject(version, location, connection);
      } finally {
        lease.release();
      }
    },

    entriesAreObjects: true,

    async index({ signal }) {
      const lease = await connection.lease(signal);
      try {
        const at = await indexVersions(listObjects(lease, location, signal), location);
        return indexByPosition(at.length, (position) => toObject(at.version(position), location, connection));
      } finally {
        lease.release();
      }
    },

    close() {
      connection.close();
    },
  };
}

/** What was listed, without what all of it has in common, and without an object for each. */
async function indexVersions(versions: AsyncIterable<ObjectVersion>, { bucket }: S3Location) {
  const keys = new PackedStrings();
  const etags = new PackedStrings();
  const sizes: number[] = [];
  for await (const { key, etag, size } of versions) {
    keys.add(key);
    etags.add(etag ?? '');
    sizes.push(size);
  }
  return {
    length: sizes.length,
    version: (at: number): ObjectVersion => ({
      bucket,
      key: keys.at(at),
      size: sizes[at]!,
      etag: etags.at(at) || undefined,
    }),
  };
}

function toObject(version: ObjectVersion, { prefix }: S3Location, connection: Connection): SourceObject {
  return {
    key: version.key,
    path: pathBelow(prefix, version.key),
    size: version.size,
    version: version.etag,
    open: ({ signal }) => ({
      parts: rangesOf(version, connection, signal),
      // Whoever wants the bytes one after the other gets them over one connection.
      [Symbol.asyncIterator]: () => download(version, connection, 0, version.size, signal),
    }),
  };
}

/**
 * A key relative to the folder that the prefix names, with a slash at its end or without, as far as it does: `train`
 * and `train/` name the folder of `train/a`, `train/part-` is in the folder of `train/part-0`.
 */
function pathBelow(prefix: string, key: string): string {
  const isFolder = key.startsWith(`${prefix}/`) && prefix !== '';
  const folder = isFolder ? `${prefix}/` : prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return key.slice(folder.length);
}

/** An object in ranges that can be fetched at once: one connection is slower than the network. */
function rangesOf(version: ObjectVersion, connection: Connection, signal: AbortSignal): FetchedRange[] {
  const ranges: FetchedRange[] = [];
  for (let start = 0; start < version.size || start === 0; start += RANGE_BYTES) {
    const length = Math.min(RANGE_BYTES, version.size - start);
    const fetch = (offset: number, bytes: number) =>
      download(version, connection, start + offset, start + offset + bytes, signal);
    ranges.push({ length, fetch });
  }
  return ranges;
}

async function* download(
  version: ObjectVersion,
  connection: Connection,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const lease = await connection.lease(signal);
  try {
    yield* downloadRange(lease, version, start, end, signal);
  } finally {
    lease.release();
  }
}
