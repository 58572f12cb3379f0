import type { S3Client } from '@aws-sdk/client-s3';

import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { changed } from './validate-response.js';
import type { ObjectVersion } from './download.js';
import { causesOf, type FailedRequest } from './failed-request.js';
import { formatS3Uri, type S3Location } from './uri.js';

/** What was being done when a request failed. */
export type Failure =
  | ({ readonly operation: 'ListObjectsV2'; readonly client: S3Client } & S3Location)
  | ({
      readonly operation: 'GetObject';
      readonly client: S3Client;
      /** The next byte that was expected, counted from 0. */
      readonly offset: number;
      /** The first byte that was asked for. */
      readonly start: number;
      /** `false` if nobody has listed the object, so that nothing is known of it. */
      readonly isListed?: false;
    } & ObjectVersion);

const DENIED = new Set([
  'AccessDenied',
  'Forbidden',
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'AccountProblem',
  'AllAccessDisabled',
  'InvalidToken',
  'ExpiredToken',
  'ExpiredTokenException',
]);
const ELSEWHERE = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const NOBODY_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROTO',
]);

const CHECK_KEY = 'Check the bucket and the key: it is case-sensitive, and taken literally.';
const OR_IS_NOT_THERE = 'Without s3:ListBucket, S3 says the same of an object that is not there.';

const UNTRUSTED = /^(ERR_TLS|CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/;

/** Makes what a request was thrown with an error that says what to do. */
export async function toPipeModeError(error: unknown, failure: Failure): Promise<PipeModeError> {
  if (error instanceof PipeModeError) return error;
  const found = causesOf(error)[0] ?? { message: String(error) };
  const { name = '', message = '' } = found;
  const status = found.$metadata?.httpStatusCode;
  const what = whatFailed(failure);
  const says = `${what} failed: ${describe(found)}.`;
  const key = failure.operation === 'GetObject' ? failure.key : undefined;
  const fail = (code: PipeModeErrorCode, text: string) =>
    new PipeModeError(code, text, { key, cause: error });

  if (failure.operation === 'GetObject') {
    if (status === 412)
      return changed(failure, `its ETag was ${failure.etag}, and is another one now`, error);
    if (status === 416) return changed(failure, `it had ${failure.size} bytes, and has fewer`, error);
    if (status === 404 && name !== 'NoSuchBucket') {
      return failure.isListed === false
        ? fail(
            'SOURCE_NOT_FOUND',
            `There is no object ${formatS3Uri(failure.bucket, failure.key)}. ${CHECK_KEY}`,
          )
        : fail('SOURCE_VANISHED', vanished(failure));
    }
  }
  if (status === 404) {
    const check =
      'Check the name, the account, and whether the endpoint and the region are those of the bucket.';
    return fail(
      'S3_NO_SUCH_BUCKET',
      `${says} There is no bucket "${failure.bucket}" at ${await endpointOf(failure)}. ${check}`,
    );
  }
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    const how =
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or pass `s3: { credentials }`.';
    return fail('S3_NO_CREDENTIALS', `${says} No credentials were found. ${how}`);
  }
  if (status === 301 || ELSEWHERE.has(name) || message === 'Region is missing') {
    return fail('S3_WRONG_REGION', `${says} ${await regionAdvice(found, failure)}`);
  }
  if (DENIED.has(name) || (status === 403 && name === '')) {
    return fail('S3_ACCESS_DENIED', `${says} ${accessAdvice(name, failure)}`);
  }
  if (isUnreachable(error, failure)) {
    const check =
      'Check that a server runs there, and the endpoint (AWS_ENDPOINT_URL_S3, or `s3: { endpoint }`).';
    return fail('S3_UNREACHABLE', `${says} There is no answer from ${await endpointOf(failure)}. ${check}`);
  }
  return fail('S3_REQUEST_FAILED', `${says} ${otherAdvice(name, status)}`);
}

function whatFailed(failure: Failure): string {
  if (failure.operation === 'ListObjectsV2') return `Listing ${formatS3Uri(failure.bucket, failure.prefix)}`;
  const { bucket, key, offset, size, isListed } = failure;
  if (isListed === false) return `Reading ${formatS3Uri(bucket, key)}`;
  return `Reading ${formatS3Uri(bucket, key)} at byte ${offset} of ${size}`;
}

// Some servers leave the message empty, and the SDK then says "UnknownError": the name and the status remain.
function describe({ name, message, code, $metadata }: FailedRequest): string {
  const text = message && message !== 'UnknownError' ? message.replace(/\.$/, '') : '';
  // The SDK calls every broken connection a "TimeoutError": Node's code says more.
  const label = [code === undefined ? name : '', code].filter(
    (part) => part && part !== 'Error' && part !== 'TransferError' && !text.includes(part),
  );
  const facts = [
    ...label,
    $metadata?.httpStatusCode ? `HTTP ${$metadata.httpStatusCode}` : '',
    $metadata?.requestId ? `request ${$metadata.requestId}` : '',
  ].filter(Boolean);
  if (!text) return facts.join(', ') || 'no reason given';
  return facts.length > 0 ? `${text} (${facts.join(', ')})` : text;
}

function vanished({ bucket, key }: ObjectVersion): string {
  return (
    `${formatS3Uri(bucket, key)} was listed, and is not there any more. ` +
    'Leave the objects of a channel alone while it runs.'
  );
}

async function endpointOf({ client }: Failure): Promise<string> {
  const endpoint = await client.config.endpoint?.().catch(() => undefined);
  if (!endpoint) return `S3 in the region ${await regionOf(client)}`;
  const { protocol, hostname, port, path } = endpoint;
  return `${protocol}//${hostname}${port ? `:${port}` : ''}${path === '/' ? '' : path}`;
}

async function regionOf(client: S3Client): Promise<string> {
  return client.config.region().catch(() => '(none)');
}

async function regionAdvice(
  { message, Region, $response }: FailedRequest,
  { bucket, client }: Failure,
): Promise<string> {
  const set = 'Set AWS_REGION, or pass `s3: { region }`.';
  if (message === 'Region is missing') return `No region is configured. ${set}`;
  const expected = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  const there = expected
    ? `The bucket "${bucket}" is in ${expected}`
    : `The bucket "${bucket}" is in another region`;
  return `${there}, the request went to ${await regionOf(client)}. ${set}`;
}

function accessAdvice(name: string, failure: Failure): string {
  const { operation, bucket } = failure;
  if (name.startsWith('Expired'))
    return 'The credentials have expired: get new ones (`aws sso login`, for example).';
  if (name === 'SignatureDoesNotMatch') return 'The secret access key is not the one of this access key.';
  if (name === 'InvalidAccessKeyId')
    return 'The server does not know this access key: are these credentials for it?';
  const permission =
    operation === 'ListObjectsV2' ? 's3:ListBucket on the bucket' : 's3:GetObject on its objects';
  const needed = `These credentials need ${permission} (arn:aws:s3:::${bucket}${operation === 'GetObject' ? '/*' : ''}).`;
  return 'isListed' in failure ? `${needed} ${OR_IS_NOT_THERE}` : needed;
}

// In the middle of an object it is not the configuration that is wrong.
function isUnreachable(error: unknown, failure: Failure): boolean {
  if (failure.operation === 'GetObject' && failure.offset > failure.start) return false;
  return causesOf(error).some(
    ({ name, code = '', $response }) =>
      !$response && (name === 'AggregateError' || NOBODY_THERE.has(code) || UNTRUSTED.test(code)),
  );
}

function otherAdvice(name: string, status: number | undefined): string {
  if (name === 'InvalidObjectState') return 'The object is archived: restore it first.';
  if (name === 'RequestTimeTooSkewed') return "This machine's clock is wrong: set it.";
  if (status === undefined || status >= 500 || status === 429)
    return 'This was tried several times: is the server, or the network, overloaded?';
  return 'DEBUG=sagemaker-pipe-mode:s3 shows the requests.';
}
