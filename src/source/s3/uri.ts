import { PipeModeError } from '../../errors.js';
import { check } from '../../options/expected.js';
import type { S3Location } from './location.js';

const EXPECTED =
  'Expected s3://BUCKET or s3://BUCKET/PREFIX, where PREFIX is what the keys begin with, written as it is (not URL-encoded).';

// Wider than AWS's rule of today, because older buckets and other servers have capitals and underscores.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** @throws {@link PipeModeError} `S3_INVALID_URI`. */
export function parseS3Uri(uri: string): S3Location {
  check('uri', 's3://BUCKET or s3://BUCKET/PREFIX', uri, (given) => typeof given === 'string', {
    code: 'S3_INVALID_URI',
  });
  const match = /^s3:\/\/([^/]*)(?:\/([^]*))?$/.exec(uri);
  if (!match) throw invalid(`"${uri}" is not an S3 URI. ${EXPECTED}`);
  const [, bucket = '', prefix = ''] = match;
  if (!BUCKET.test(bucket)) {
    const found =
      bucket === '' ? 'names no bucket' : `names the bucket "${bucket}", which no bucket can be called`;
    throw invalid(`"${uri}" ${found}. ${EXPECTED}`);
  }
  return { bucket, prefix };
}

/** @returns the location, or an object in it, as an `s3://` URI for messages. */
export function formatS3Uri(bucket: string, keyOrPrefix: string): string {
  return `s3://${bucket}/${keyOrPrefix}`;
}

function invalid(message: string): PipeModeError {
  return new PipeModeError('S3_INVALID_URI', message);
}
