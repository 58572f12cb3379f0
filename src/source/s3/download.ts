import type { Readable } from 'node:stream';

import { PipeModeError } from '../../errors.js';
import type { S3Access } from './access.js';
import { readResponseBody, discardBody } from './response-body.js';
import { validateResponse } from './validate-response.js';
import { debug } from './debug.js';
import { request } from './request.js';
import { TransferError, Retries } from './retries.js';
import { loadSdk } from './sdk.js';
import type { ObjectVersion } from './location.js';
import { toPipeModeError } from './to-pipe-mode-error.js';
import { formatS3Uri } from './uri.js';

/**
 * The bytes of an object from `start` up to but not including `end`: exactly these, of exactly this version, or
 * an error. Where a connection breaks, the next one continues.
 *
 * @param first - the body of a request for exactly this, if one was made already
 * @throws the signal's reason, or a {@link PipeModeError}: `SOURCE_CHANGED`, `SOURCE_VANISHED`, `S3_…`
 */
export async function* downloadRange(
  access: S3Access,
  object: ObjectVersion,
  start: number,
  end: number,
  signal: AbortSignal,
  first?: Readable,
): AsyncGenerator<Uint8Array> {
  const retries = new Retries(signal);
  let position = start;
  // An empty range is asked for as well: that the object is still there is known only then.
  for (;;) {
    try {
      const body = first ?? (await openRange(access, object, position, end, signal));
      first = undefined;
      for await (const chunk of readResponseBody(body, signal)) {
        if (chunk.length > end - position) throw tooLong(object, end);
        position += chunk.length;
        retries.reset();
        yield chunk;
      }
      if (position < end) throw new TransferError(`the body ended ${end - position} bytes early`);
    } catch (error) {
      // Once the last byte is there, it does not matter how the connection ends.
      if (error instanceof TransferError && position === end && end > start) return;
      if (await retries.shouldRetry(error)) continue;
      throw await toPipeModeError(error, { operation: 'read', ...object, access, offset: position, start });
    }
    return;
  }
}

async function openRange(
  access: S3Access,
  object: ObjectVersion,
  from: number,
  end: number,
  signal: AbortSignal,
): Promise<Readable> {
  const { GetObjectCommand } = loadSdk();
  const { client, requestPayer: RequestPayer } = access;
  const { bucket: Bucket, key: Key, etag } = object;
  const whole = from === 0 && end === object.size;
  const range = whole ? {} : { Range: `bytes=${from}-${end - 1}` };
  debug('GET %s, bytes %d to %d', formatS3Uri(Bucket, Key), from, end);
  const command = new GetObjectCommand({
    Bucket,
    Key,
    RequestPayer,
    ...(etag === undefined ? {} : { IfMatch: etag }),
    ...range,
  });
  const response = await request(
    (abortSignal) => client.send(command, { abortSignal }),
    signal,
    (late) => {
      discardBody(late.Body as Readable);
    },
  );
  // In Node a body is always a stream of Node's.
  const body = response.Body as Readable;
  try {
    validateResponse(response, object, from, end);
  } catch (error) {
    discardBody(body);
    throw error;
  }
  return body;
}

function tooLong({ bucket, key }: ObjectVersion, end: number): PipeModeError {
  return new PipeModeError(
    'S3_REQUEST_FAILED',
    `The server sent more of ${formatS3Uri(bucket, key)} than was asked for: the body goes on after byte ${end}. ` +
      'It does not speak S3 correctly; look for a proxy in between.',
    { key },
  );
}
