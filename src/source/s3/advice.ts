import type { S3Client } from '@aws-sdk/client-s3';

import type { FailedRequest, Failure } from './failed-request.js';

/** What the SDK says if nobody has said which region. */
export const REGION_IS_MISSING = 'Region is missing';

/** Where requests go, for a message. */
export async function endpointOf({ client }: Failure): Promise<string> {
  const endpoint = await client.config.endpoint?.().catch(() => undefined);
  if (!endpoint) return `S3 in the region ${await regionOf(client)}`;
  const { protocol, hostname, port, path } = endpoint;
  return `${protocol}//${hostname}${port ? `:${port}` : ''}${path === '/' ? '' : path}`;
}

async function regionOf(client: S3Client): Promise<string> {
  return client.config.region().catch(() => '(none)');
}

/** What to do about a request that went to the wrong region. */
export async function regionAdvice(
  { message, Region, $response }: FailedRequest,
  { bucket, client }: Failure,
): Promise<string> {
  const set = 'Set AWS_REGION, or pass `s3: { region }`.';
  if (message === REGION_IS_MISSING) return `No region is configured. ${set}`;
  const expected = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  const there = expected
    ? `The bucket "${bucket}" is in ${expected}`
    : `The bucket "${bucket}" is in another region`;
  return `${there}, the request went to ${await regionOf(client)}. ${set}`;
}

/** What to do about a request that was denied. */
export function accessAdvice(name: string, { operation, bucket }: Failure): string {
  if (name.startsWith('Expired'))
    return 'The credentials have expired: get new ones (`aws sso login`, for example).';
  if (name === 'SignatureDoesNotMatch') return 'The secret access key is not the one of this access key.';
  if (name === 'InvalidAccessKeyId')
    return 'The server does not know this access key: are these credentials for it?';
  if (operation === 'list')
    return `These credentials need s3:ListBucket on the bucket (arn:aws:s3:::${bucket}).`;
  const needed = `These credentials need s3:GetObject on its objects (arn:aws:s3:::${bucket}/*).`;
  if (operation === 'read') return needed;
  return `${needed} Without s3:ListBucket, S3 says the same of an object that is not there.`;
}

/** What to do about a failure without a code of its own. */
export function otherAdvice({ name, $metadata: { httpStatusCode: status } = {} }: FailedRequest): string {
  if (name === 'InvalidObjectState') return 'The object is archived: restore it first.';
  if (name === 'RequestTimeTooSkewed') return "This machine's clock is wrong: set it.";
  if (status === undefined || status >= 500 || status === 429)
    return 'This was tried several times: is the server, or the network, overloaded?';
  return 'DEBUG=sagemaker-pipe-mode:s3 shows the requests.';
}
