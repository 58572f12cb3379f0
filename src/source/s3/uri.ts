import { PipeModeError } from '../../errors.js';
import { check } from '../../options/expected.js';
import { locationText } from '../../options/location.js';
import { s3FormOf } from '../../options/s3-form.js';
import type { S3Location } from './location.js';

const EXPECTED =
  'Expected s3://BUCKET or s3://BUCKET/PREFIX, where PREFIX is what the keys begin with, written as it is (not URL-encoded).';

// Wider than AWS's rule of today, because older buckets and other servers have capitals and underscores.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** As the AWS CLI has it: `s3://ARN/PREFIX`. */
const ACCESS_POINT = /^s3:\/\/(arn:aws[a-z-]*:s3:[a-z0-9-]*:\d{12}:accesspoint[:/][^/]+)(?:\/([^]*))?$/;

/**
 * The parts of an `s3://` URI, a string or a `URL`. The bucket may be the ARN of an access point.
 *
 * @throws {@link PipeModeError} `S3_INVALID_URI`; `INVALID_OPTION` for a `URL` with a `%`
 */
export function parseS3Uri(given: string | URL): S3Location {
  const uri = locationText('uri', given) as string;
  check('uri', 's3://BUCKET or s3://BUCKET/PREFIX', uri, (value) => typeof value === 'string', {
    code: 'S3_INVALID_URI',
  });
  const accessPoint = ACCESS_POINT.exec(uri);
  if (accessPoint) return { bucket: accessPoint[1]!, prefix: accessPoint[2] ?? '' };
  const form = s3FormOf(uri);
  if (form !== undefined) throw invalid(`"${uri}" is not an S3 URI. Use "${form}". ${EXPECTED}`);
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

/** Whether requests name an access point as their bucket. */
export function isAccessPoint(bucket: string): boolean {
  return bucket.startsWith('arn:');
}

/** @returns the location, or an object in it, as an `s3://` URI for messages. */
export function formatS3Uri(bucket: string, keyOrPrefix: string): string {
  return `s3://${bucket}/${keyOrPrefix}`;
}

function invalid(message: string): PipeModeError {
  return new PipeModeError('S3_INVALID_URI', message);
}
