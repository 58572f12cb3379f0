import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { accessAdvice, otherAdvice } from './advice.js';
import {
  isUntrusted,
  noCredentialsAdvice,
  noRegionAdvice,
  REGION_IS_MISSING,
  regionAdvice,
  unreachableAdvice,
} from './configuration-advice.js';
import { destinationOf } from './endpoint.js';
import { causesOf, type FailedRequest, type Failure } from './failed-request.js';
import { formatS3Uri } from './uri.js';
import { changed } from './validate-response.js';

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

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);

/** Makes what a request was thrown with an error that says what to do. */
export async function toPipeModeError(error: unknown, failure: Failure): Promise<PipeModeError> {
  if (error instanceof PipeModeError) return error;
  const found = causesOf(error)[0] ?? { message: String(error) };
  const change = changeOf(found, failure, error);
  if (change) return change;
  const { code, text } = ERRORS[causeOf(error, found, failure)];
  const key = failure.operation === 'list' ? undefined : failure.key;
  return new PipeModeError(code, await text(failure, found, error), { key, cause: error });
}

/** The error of an object that is not what it was, if the response says so. */
function changeOf({ $metadata }: FailedRequest, failure: Failure, error: unknown): PipeModeError | undefined {
  if (failure.operation !== 'read') return undefined;
  const { etag, size } = failure;
  if ($metadata?.httpStatusCode === 412)
    return changed(failure, `its ETag was ${etag}, and is another one now`, error);
  if ($metadata?.httpStatusCode === 416)
    return changed(failure, `it had ${size} bytes, and has fewer`, error);
  return undefined;
}

/** Why a request failed, as far as it makes a difference to the user. */
type Cause =
  | 'noObject'
  | 'vanished'
  | 'noBucket'
  | 'noCredentials'
  | 'noRegion'
  | 'wrongRegion'
  | 'denied'
  | 'unreachable'
  | 'other';

function causeOf(error: unknown, found: FailedRequest, failure: Failure): Cause {
  const { name = '', message, $metadata: { httpStatusCode: status } = {} } = found;
  if (status === 404) return causeOfNotFound(name, failure);
  if (NO_CREDENTIALS.has(name)) return 'noCredentials';
  if (message === REGION_IS_MISSING) return 'noRegion';
  if (status === 301 || ELSEWHERE.has(name)) return 'wrongRegion';
  if (DENIED.has(name) || (status === 403 && name === '')) return 'denied';
  return isUnreachable(error, failure) ? 'unreachable' : 'other';
}

function causeOfNotFound(name: string, { operation }: Failure): Cause {
  if (operation === 'list' || name === 'NoSuchBucket') return 'noBucket';
  if (operation === 'write' || operation === 'delete') return 'other';
  return operation === 'open' ? 'noObject' : 'vanished';
}

interface ErrorOfCause {
  readonly code: PipeModeErrorCode;
  readonly text: (failure: Failure, found: FailedRequest, error: unknown) => string | Promise<string>;
}

const ERRORS: Readonly<Record<Cause, ErrorOfCause>> = {
  noObject: {
    code: 'SOURCE_NOT_FOUND',
    text: (failure) =>
      `There is no object ${uriOf(failure)}. Check the bucket and the key: it is case-sensitive, and taken literally.`,
  },
  vanished: {
    code: 'SOURCE_VANISHED',
    text: (failure) =>
      `${uriOf(failure)} was listed, and is not there any more. Leave the objects of a channel alone while it runs.`,
  },
  noBucket: {
    code: 'S3_NO_SUCH_BUCKET',
    text: async (failure, found) =>
      `${says(failure, found)} There is no bucket "${failure.bucket}" at ${(await destinationOf(failure.access.client)).name}. ` +
      'Check the name, the account, and whether the endpoint and the region are those of the bucket.',
  },
  noCredentials: {
    code: 'S3_NO_CREDENTIALS',
    text: async (failure, found) => `${says(failure, found)} ${await noCredentialsAdvice(failure)}`,
  },
  noRegion: {
    code: 'S3_NO_REGION',
    text: async (failure, found) => `${says(failure, found)} ${await noRegionAdvice(failure)}`,
  },
  wrongRegion: {
    code: 'S3_WRONG_REGION',
    text: async (failure, found) => `${says(failure, found)} ${await regionAdvice(found, failure)}`,
  },
  denied: {
    code: 'S3_ACCESS_DENIED',
    text: (failure, found) => `${says(failure, found)} ${accessAdvice(found.name ?? '', failure)}`,
  },
  unreachable: {
    code: 'S3_UNREACHABLE',
    text: async (failure, found, error) =>
      `${says(failure, found)} ${await unreachableAdvice(error, failure)}`,
  },
  other: {
    code: 'S3_REQUEST_FAILED',
    text: (failure, found, error) => `${says(failure, found)} ${otherAdvice(found, error)}`,
  },
};

function says(failure: Failure, found: FailedRequest): string {
  return `${whatFailed(failure)} failed: ${describe(found)}.`;
}

function whatFailed(failure: Failure): string {
  if (failure.operation === 'list') return `Listing ${uriOf(failure)}`;
  if (failure.operation === 'write') return `Writing ${uriOf(failure)}`;
  if (failure.operation === 'delete') return `Deleting ${uriOf(failure)}`;
  if (failure.operation === 'open') return `Reading ${uriOf(failure)}`;
  return `Reading ${uriOf(failure)} at byte ${failure.offset} of ${failure.size}`;
}

function uriOf(failure: Failure): string {
  return formatS3Uri(failure.bucket, failure.operation === 'list' ? failure.prefix : failure.key);
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

// In the middle of an object it is not the configuration that is wrong.
function isUnreachable(error: unknown, failure: Failure): boolean {
  if (failure.operation === 'read' && failure.offset > failure.start) return false;
  return causesOf(error).some(
    (cause) =>
      !cause.$response &&
      (cause.name === 'AggregateError' || NOBODY_THERE.has(cause.code ?? '') || isUntrusted(cause)),
  );
}
