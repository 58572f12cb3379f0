import { Readable } from 'node:stream';

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';
import type { S3Access } from './access.js';
import { debug } from './debug.js';
import { causesOf } from './failed-request.js';
import type { ObjectLocation, ObjectVersion } from './location.js';
import { request } from './request.js';
import { discardBody } from './response-body.js';
import { Retries } from './retries.js';
import { loadSdk } from './sdk.js';
import { toPipeModeError } from './to-pipe-mode-error.js';
import { formatS3Uri } from './uri.js';
import { validateResponse } from './validate-response.js';

/** What the first response for an object says, and brings. */
export interface FirstResponse {
  readonly version: ObjectVersion;
  /** The bytes from the beginning up to but not including `end`. */
  readonly body: Readable;
  readonly end: number;
}

/**
 * Asks for an object that nobody has listed: the response says which version it is, and how long.
 *
 * @param mostBytes - how many bytes of it to ask for. A server that knows no ranges sends all of them.
 * @throws the signal's reason, or a {@link PipeModeError}: `SOURCE_NOT_FOUND`, `S3_…`
 */
export async function openUnlisted(
  access: S3Access,
  location: ObjectLocation,
  signal: AbortSignal,
  mostBytes?: number,
): Promise<FirstResponse> {
  const retries = new Retries(signal);
  let range = mostBytes === undefined ? undefined : `bytes=0-${mostBytes - 1}`;
  for (;;) {
    try {
      return await ask(access, location, signal, range);
    } catch (error) {
      if (range !== undefined && hasNoFirstByte(error)) {
        if (saysThatItIsEmpty(error)) return emptyObject(location);
        range = undefined;
        continue;
      }
      if (await retries.shouldRetry(error)) continue;
      throw await toPipeModeError(error, { operation: 'open', access, ...location });
    }
  }
}

async function ask(
  access: S3Access,
  location: ObjectLocation,
  signal: AbortSignal,
  Range: string | undefined,
): Promise<FirstResponse> {
  const { GetObjectCommand } = loadSdk();
  const { client, requestPayer: RequestPayer } = access;
  const { bucket: Bucket, key: Key } = location;
  debug('GET %s, %s', formatS3Uri(Bucket, Key), Range ?? 'all of it');
  const command = new GetObjectCommand({ Bucket, Key, Range, RequestPayer });
  const response = await request(
    (abortSignal) => client.send(command, { abortSignal }),
    signal,
    (late) => {
      discardBody(late.Body as Readable);
    },
  );
  const body = response.Body as Readable; // in Node a body is always a stream of Node's
  try {
    return { ...readResponse(response, location), body };
  } catch (error) {
    discardBody(body);
    throw error;
  }
}

function readResponse(
  response: GetObjectCommandOutput,
  location: ObjectLocation,
): Omit<FirstResponse, 'body'> {
  const { ContentLength, ContentRange, ETag: etag } = response;
  const range = /^bytes 0-(\d+)\/(\d+)$/.exec(ContentRange ?? '');
  const size = range ? Number(range[2]) : ContentRange === undefined ? ContentLength : undefined;
  if (size === undefined || etag === undefined) throw incomplete(location);
  const version = { ...location, size, etag };
  const end = range ? Number(range[1]) + 1 : size;
  validateResponse(response, version, 0, end);
  return { version, end };
}

/** An empty object has no range at all, not even the first. */
function hasNoFirstByte(error: unknown): boolean {
  return causesOf(error)[0]?.$metadata?.httpStatusCode === 416;
}

/** S3 says so, and others that say less are asked again, without a range. */
function saysThatItIsEmpty(error: unknown): boolean {
  return causesOf(error)[0]?.ActualObjectSize === '0';
}

function emptyObject(location: ObjectLocation): FirstResponse {
  return { version: { ...location, size: 0, etag: undefined }, body: Readable.from([]), end: 0 };
}

// Without its length an object that was cut off would look whole, without its ETag two versions could be mixed.
function incomplete({ bucket, key }: ObjectLocation): PipeModeError {
  return new PipeModeError(
    'S3_REQUEST_FAILED',
    `The server's response to a request for ${formatS3Uri(bucket, key)} does not say its length and its ETag, or only one ` +
      'of them. It does not speak S3 correctly; look for a proxy in between.',
    { key },
  );
}
