import type { OpenContext } from '../source.js';
import type { S3Access } from './access.js';
import type { Connection, Lease } from './connection.js';
import { downloadRange } from './download.js';
import type { ObjectLocation } from './location.js';
import { openUnlisted } from './open-unlisted.js';
import { RANGE_BYTES, RangedDownload } from './ranged-download.js';

/**
 * The bytes of an object that nobody has listed, over one connection: the first response says which version it is and
 * how long, and where a connection breaks, the next one continues in this version only.
 *
 * @throws the signal's reason, or a {@link PipeModeError}: `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `S3_…`
 */
export async function* downloadUnlisted(
  access: S3Access,
  location: ObjectLocation,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { version, body, end } = await openUnlisted(access, location, signal);
  yield* downloadRange(access, version, 0, end, signal, body);
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
  const turn = connection.queueUp();
  let lease: Lease | undefined;
  try {
    lease = await connection.lease(signal);
    const first = await openUnlisted(lease, location, signal, RANGE_BYTES);
    await using download = new RangedDownload(lease, first, { signal, memory, turn });
    yield* download.chunks();
  } finally {
    turn.end();
    lease?.release();
  }
}
