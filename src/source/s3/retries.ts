import { setTimeout as wait } from 'node:timers/promises';
import { causesOf, type FailedRequest } from './failed-request.js';
import { debug } from './debug.js';

/** How often in a row something may fail without any progress. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
/** A server that says that it is asked too much needs longer to recover than a broken connection. */
const FIRST_PAUSE_WHEN_THROTTLED_MS = 500;

const THROTTLED = new Set([
  'SlowDown',
  'TooManyRequests',
  'TooManyRequestsException',
  'Throttling',
  'ThrottlingException',
]);
// `RequestTimeTooSkewed`: the SDK has set its clock by the response, so that the next request is right.
// `AggregateError`: no address of the endpoint's name could be connected to.
const TRANSIENT = new Set([
  'AggregateError',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'InternalError',
  'ServiceUnavailable',
  'TimeoutError',
]);
const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** A response that stayed out, or a body that broke off: the same request may well succeed now. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

/** Decides whether what failed is tried again, and waits in between, longer every time. */
export class Retries {
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** There was progress: the next failure is a first one. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * @returns after a pause, whether to try again
   * @throws the signal's reason if it is aborted, now or during the pause
   */
  async shouldRetry(error: unknown): Promise<boolean> {
    this.#signal.throwIfAborted();
    this.#failures++;
    if (this.#failures >= ATTEMPTS || !isTransient(error)) return false;
    const longest =
      (isThrottled(error) ? FIRST_PAUSE_WHEN_THROTTLED_MS : FIRST_PAUSE_MS) * 2 ** (this.#failures - 1);
    // Not all of those who failed together come back together.
    const pause = Math.round(longest * (0.5 + Math.random() / 2));
    debug('failure %d of at most %d, trying again in %d ms: %s', this.#failures, ATTEMPTS, pause, error);
    try {
      await wait(pause, undefined, { signal: this.#signal });
    } catch {
      this.#signal.throwIfAborted();
    }
    return true;
  }
}

/** Whether the same request may well succeed when it is tried again. */
export function isTransient(error: unknown): boolean {
  if (error instanceof TransferError) return true;
  return causesOf(error).some(({ name = '', code = '', $metadata, $retryable }) => {
    const status = $metadata?.httpStatusCode ?? 0;
    if ($retryable || status === 429 || (status >= 500 && status !== 501)) return true;
    return TRANSIENT.has(name) || THROTTLED.has(name) || TRANSIENT_CODES.has(code);
  });
}

function isThrottled(error: unknown): boolean {
  const { name = '', $metadata } = error as FailedRequest;
  return THROTTLED.has(name) || [429, 503].includes($metadata?.httpStatusCode ?? 0);
}
