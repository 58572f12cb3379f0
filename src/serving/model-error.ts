import { PipeModeError, type PipeModeErrorCode } from '../errors.js';

/** What every copy of the package knows these errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.ModelError');

/** What such an error knows. */
export interface ModelErrorDetails {
  /** The status that the server has answered with; 0 if it has not answered. */
  readonly originalStatusCode: number;
  /** What the server has answered. */
  readonly originalMessage: string;
}

/**
 * What the runtime API calls a `ModelError`: the server has answered an invocation with something else than success, or not
 * in time. The message is worded as the API's. Its `code` is
 * - `MODEL_ERROR`: the server has answered with another status than 2xx.
 * - `INVOCATION_TIMED_OUT`: it has not answered in time; `originalStatusCode` is 0.
 */
export class ModelError extends PipeModeError {
  /** Always `ModelError`. */
  override readonly name = 'ModelError';
  /** The status that the server has answered with; 0 if it has not answered. */
  readonly originalStatusCode: number;
  /** What the server has answered, the first 2,048 characters; that it has not, in the API's words. */
  readonly originalMessage: string;

  /** @hidden */
  constructor(code: PipeModeErrorCode, message: string, details: ModelErrorDetails) {
    super(code, message);
    this.originalStatusCode = details.originalStatusCode;
    this.originalMessage = details.originalMessage;
  }

  /** Whether a value is such an error, of whatever copy of the package, as for {@link PipeModeError}. */
  static override [Symbol.hasInstance](value: unknown): value is ModelError {
    if (this !== ModelError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** What the only container of a model is called in the API's messages. */
const CONTAINER = 'primary';

/** A status that is not success. @param text - `undefined` if the server did not send all of it */
export function badStatus(status: number, text: string | undefined, log: string): ModelError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const said = text === undefined ? 'and could not load the entire response body' : `with message "${text}"`;
  const message = `Received ${kind} error (${status}) from ${CONTAINER} ${said}. See ${log} for more information.`;
  return new ModelError('MODEL_ERROR', message, { originalStatusCode: status, originalMessage: text ?? '' });
}

/** No answer, or not all of it, in time. */
export function tooLate(option: string, ms: number, log: string): ModelError {
  const original = `Your invocation timed out while waiting for a response from container ${CONTAINER}.`;
  const limit = `The limit is ${ms} ms (\`${option}\`).`;
  const message = `Received server error (0) from ${CONTAINER} with message "${original}". ${limit} See ${log} for more information.`;
  return new ModelError('INVOCATION_TIMED_OUT', message, {
    originalStatusCode: 0,
    originalMessage: original,
  });
}
