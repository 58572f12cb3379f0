import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { regionOf } from '../../sagemaker/region.js';
import { ModelError } from '../model-error.js';

/** An error as the runtime API words it. */
export interface ApiError {
  /** What the API calls it. */
  readonly type: string;
  readonly status: number;
  /** The members that AWS's model of the API gives it, and its type, for those who see the body only. */
  readonly body: Readonly<Record<string, string | number>>;
}

/** What the API calls them, with the status that its model gives them. */
const TYPES = {
  ValidationError: 400,
  InternalFailure: 500,
  ServiceUnavailable: 503,
} as const;

/** What is not there is an `InternalFailure`: the service itself has broken off. */
const TYPE_OF: Readonly<Partial<Record<PipeModeErrorCode, keyof typeof TYPES>>> = {
  INVALID_INVOCATION: 'ValidationError',
  INVALID_OPTION: 'ValidationError',
  PAYLOAD_TOO_LARGE: 'ValidationError',
  INVALID_STATE: 'ServiceUnavailable',
  ENDPOINT_STOPPED: 'ServiceUnavailable',
  ENDPOINT_FAILED: 'ServiceUnavailable',
  ENDPOINT_TIMED_OUT: 'ServiceUnavailable',
};

const MODEL_ERROR_STATUS = 424;

/** @param endpointName - whose logs a `ModelError` names */
export function apiErrorOf(error: unknown, endpointName: string): ApiError {
  const { message } = error as Error;
  if (error instanceof ModelError) {
    const { originalStatusCode: OriginalStatusCode, originalMessage: OriginalMessage } = error;
    const LogStreamArn = logArnOf(endpointName);
    const members = { Message: message, OriginalMessage, OriginalStatusCode, LogStreamArn };
    return { type: 'ModelError', status: MODEL_ERROR_STATUS, body: { Code: 'ModelError', ...members } };
  }
  const known = error instanceof PipeModeError ? TYPE_OF[error.code] : undefined;
  const type = known ?? 'InternalFailure';
  return { type, status: TYPES[type], body: { Code: type, Message: message } };
}

/** As in the cloud, where it is the log group of the endpoint; in no account here. */
function logArnOf(endpointName: string): string {
  return `arn:aws:logs:${regionOf(process.env)}:000000000000:log-group:/aws/sagemaker/Endpoints/${endpointName}`;
}
