import type { Readable } from 'node:stream';

import type { S3Client } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';
import { discardBody } from './response-body.js';
import { debug } from './debug.js';
import { downloadRange, type ObjectVersion } from './download.js';
import { request } from './request.js';
import { Retries } from './retries.js';
import { loadSdk } from './sdk.js';
import { toPipeModeError } from './to-pipe-mode-error.js';
import { formatS3Uri } from './uri.js';

/** An object that nobody has listed. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

/**
 * The bytes of an object that nobody has listed: the first answer says which version it is and how long, and where
 * a connection breaks, the next one continues in this version only.
 *
 * @throws the signal's reason, or a {@link PipeModeError}: `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `S3_…`
 */
export async function* downloadUnlisted(
  client: S3Client,
  location: ObjectLocation,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { version, body } = await openWhole(client, location, signal);
  yield* downloadRange(client, version, 0, version.size, signal, body);
}

async function openWhole(
  client: S3Client,
  location: ObjectLocation,
  signal: AbortSignal,
): Promise<{ version: ObjectVersion; body: Readable }> {
  const { GetObjectCommand } = loadSdk();
  const { bucket: Bucket, key: Key } = location;
  debug('GET %s', formatS3Uri(Bucket, Key));
  const retries = new Retries(signal);
  for (;;) {
    try {
      const answer = await request(
        (abortSignal) => client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal }),
        signal,
        (late) => {
          discardBody(late.Body as Readable);
        },
      );
      const body = answer.Body as Readable; // in Node a body is always a stream of Node's
      const { ContentLength: size, ETag: etag } = answer;
      if (size !== undefined && etag !== undefined) return { version: { ...location, size, etag }, body };
      discardBody(body);
      throw incomplete(location);
    } catch (error) {
      if (await retries.shouldRetry(error)) continue;
      const unknown = { size: 0, etag: undefined, offset: 0, start: 0, isListed: false } as const;
      throw await toPipeModeError(error, { operation: 'GetObject', client, ...location, ...unknown });
    }
  }
}

// Without its length an object that was cut off would look whole, without its ETag two versions could be mixed.
function incomplete({ bucket, key }: ObjectLocation): PipeModeError {
  return new PipeModeError(
    'S3_REQUEST_FAILED',
    `The server's answer to a request for ${formatS3Uri(bucket, key)} says neither its length nor its ETag, or only one ` +
      'of them. It does not speak S3 correctly; look for a proxy in between.',
    { key },
  );
}
