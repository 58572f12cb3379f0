import type { FailedRequest, Failure } from './failed-request.js';
import { isTransient } from './retries.js';
import { isAccessPoint } from './uri.js';

/** What to do about a request that was denied. */
export function accessAdvice(name: string, failure: Failure): string {
  if (name.startsWith('Expired'))
    return 'The credentials have expired: get new ones (`aws sso login`, for example).';
  if (name === 'SignatureDoesNotMatch') return 'The secret access key is not the one of this access key.';
  if (name === 'InvalidAccessKeyId')
    return 'The server does not know this access key: are these credentials for it?';
  const isReading = failure.operation !== 'write' && failure.operation !== 'delete';
  const mayPay = isReading && failure.access.requestPayer === undefined;
  const payer = mayPay
    ? " If the bucket is one whose requesters pay, pass `requestPayer: 'requester'` too."
    : '';
  return permissionAdvice(failure) + payer;
}

function permissionAdvice({ operation, bucket }: Failure): string {
  const resource = isAccessPoint(bucket) ? bucket : `arn:aws:s3:::${bucket}`;
  if (operation === 'list') return `These credentials need s3:ListBucket on the bucket (${resource}).`;
  const objects = isAccessPoint(bucket) ? `${bucket}/object/*` : `${resource}/*`;
  if (operation === 'write')
    return `These credentials need s3:PutObject and s3:AbortMultipartUpload on its objects (${objects}).`;
  if (operation === 'delete') return `These credentials need s3:DeleteObject on its objects (${objects}).`;
  const needed = `These credentials need s3:GetObject on its objects (${objects}).`;
  if (operation === 'read') return needed;
  return `${needed} Without s3:ListBucket, S3 says the same of an object that is not there.`;
}

/** What to do about a failure without a code of its own. */
export function otherAdvice({ name, message }: FailedRequest, error: unknown): string {
  if (message === 'Path-style addressing cannot be used with ARN buckets')
    return 'With an endpoint of your own, buckets are addressed by path: for an access point, pass `s3: { forcePathStyle: false }`.';
  if (name === 'InvalidObjectState') return 'The object is archived: restore it first.';
  if (name === 'RequestTimeTooSkewed') return "This machine's clock is wrong: set it.";
  if (isTransient(error)) return 'This was tried several times: is the server, or the network, overloaded?';
  return 'DEBUG=sagemaker-pipe-mode:s3 shows the requests.';
}
