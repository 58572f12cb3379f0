import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';
import type { ObjectVersion } from './location.js';
import { formatS3Uri } from './uri.js';

/**
 * Whether a response announces the bytes that were asked for, of the version that was listed.
 *
 * @throws {@link PipeModeError} `SOURCE_CHANGED` or `S3_REQUEST_FAILED`
 */
export function validateResponse(
  response: GetObjectCommandOutput,
  object: ObjectVersion,
  from: number,
  end: number,
): void {
  const { ETag, ContentLength, ContentRange } = response;
  if (ETag !== undefined && object.etag !== undefined && ETag !== object.etag) {
    throw changed(object, `its ETag was ${object.etag}, and is ${ETag}`);
  }
  const whole = from === 0 && end === object.size;
  if (!whole) checkRange(ContentRange, object, from, end);
  if (ContentLength === undefined || ContentLength === end - from) return;
  if (whole && object.etag === undefined)
    throw changed(object, `it had ${end} bytes, and has ${ContentLength}`);
  throw wrong(object, from, end, `responded with ${ContentLength} bytes instead of ${end - from}`);
}

function checkRange(found: string | undefined, object: ObjectVersion, from: number, end: number): void {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(found ?? '');
  const size = range?.[3];
  if (size !== undefined && size !== '*' && Number(size) !== object.size) {
    throw changed(object, `it had ${object.size} bytes, and has ${size}`);
  }
  if (range && Number(range[1]) === from && Number(range[2]) === end - 1) return;
  throw wrong(object, from, end, `responded with the range "${found ?? 'everything'}"`);
}

/** The object is another one than the one that was listed, or that the first response was about. */
export function changed({ bucket, key }: ObjectVersion, how: string, cause?: unknown): PipeModeError {
  return new PipeModeError(
    'SOURCE_CHANGED',
    `${formatS3Uri(bucket, key)} changed while the channel used it: ${how}. ` +
      'Leave the objects of a channel alone while it runs, or write new ones under another prefix.',
    { key, cause },
  );
}

function wrong({ bucket, key }: ObjectVersion, from: number, end: number, how: string): PipeModeError {
  return new PipeModeError(
    'S3_REQUEST_FAILED',
    `Asked for bytes ${from} to ${end - 1} of ${formatS3Uri(bucket, key)}, the server ${how}. ` +
      'It does not speak S3 correctly; look for a proxy in between.',
    { key },
  );
}
