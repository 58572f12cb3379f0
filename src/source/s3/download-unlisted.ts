import type { S3Client } from '@aws-sdk/client-s3';

import type { OpenContext } from '../source.js';
import type { Connection } from './connection.js';
import { downloadRange } from './download.js';
import type { ObjectLocation } from './location.js';
import { openUnlisted } from './open-unlisted.js';
import { RANGE_BYTES, RangedDownload } from './ranged-download.js';

/**
 * The bytes of an object that nobody has listed, over one connection: the first answer says which version it is and
 * how long, and where a connection breaks, the next one continues in this version only.
 *
 * @throws the signal's reason, or a {@link PipeModeError}: `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `S3_…`
 */
export async function* downloadUnlisted(
  client: S3Client,
  location: ObjectLocation,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { version, body, end } = await openUnlisted(client, location, signal);
  yield* downloadRange(client, version, 0, end, signal, body);
}

/**
 * The same as {@link downloadUnlisted} over several connections: once the first range has said how long the object is,
 * the ranges behind it are fetched at once, as many as there is memory for. An object that is not longer than a range
 * is one request.
 */
export async function* downloadUnlistedInRanges(
  connection: Connection,
  location: ObjectLocation,
  { signal, memory }: OpenContext,
): AsyncGenerator<Uint8Array> {
  const lease = connection.lease(signal);
  const turn = connection.queueUp();
  try {
    const first = await openUnlisted(lease.client, location, signal, RANGE_BYTES);
    await using download = new RangedDownload(lease.client, first, { signal, memory, turn });
    yield* download.chunks();
  } finally {
    turn.end();
    lease.release();
  }
}
