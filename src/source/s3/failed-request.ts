import type { S3Access } from './access.js';
import type { ObjectLocation, ObjectVersion, S3Location } from './location.js';

/** What was being done when a request failed. */
export type Failure = { readonly access: S3Access } & (
  | ({ readonly operation: 'list' } & S3Location)
  /** The first request for an object that nobody has listed: nothing is known of it. */
  | ({ readonly operation: 'open' } & ObjectLocation)
  | ({ readonly operation: 'write' } & ObjectLocation)
  | ({ readonly operation: 'delete' } & ObjectLocation)
  | ({
      readonly operation: 'read';
      /** The next byte that was expected, counted from 0. */
      readonly offset: number;
      /** The first byte that was asked for. */
      readonly start: number;
    } & ObjectVersion)
);

/** What is known of an error that the SDK, or the socket below it, has thrown. */
export interface FailedRequest {
  /** The name that S3 gave it (`NoSuchBucket`), or the SDK (`CredentialsProviderError`). */
  readonly name?: string;
  readonly message?: string;
  /** Node's code, if it came from a socket or the name server. */
  readonly code?: string;
  readonly cause?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly $retryable?: unknown;
  /** Where a request would have been right: part of the response `AuthorizationHeaderMalformed`. */
  readonly Region?: string;
  /** How long an object is that does not have the range that was asked for: part of the response `InvalidRange`. */
  readonly ActualObjectSize?: string;
}

/**
 * The error and what caused it, outermost first. Not by `instanceof`: under Jest, Node's own errors are those of
 * another realm.
 */
export function causesOf(error: unknown): FailedRequest[] {
  const causes: object[] = [];
  for (
    let e = error;
    typeof e === 'object' && e !== null && !causes.includes(e);
    e = (e as FailedRequest).cause
  ) {
    causes.push(e);
  }
  return causes.map(unwrap);
}

// What the SDK makes of an error of another realm: `${name}: ${message}` is all that is left of it.
const WRAPPED = /^AWS SDK error wrapper for (\w+)(?:: ([^]*))?$/;
const NODE_CODE = /\bE[A-Z]{2,}(?:_[A-Z]+)?\b/;

function unwrap(error: FailedRequest): FailedRequest {
  const [, name, message = ''] = WRAPPED.exec(error.message ?? '') ?? [];
  if (name === undefined) return error;
  const code = NODE_CODE.exec(message)?.[0];
  return { ...error, name, message, ...(code === undefined ? {} : { code }) };
}
