import { setTimeout as delay } from 'node:timers/promises';

import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import type { InvocationAnswer } from '../invocation/answer.js';
import type { InvocationBody } from '../invocation/payload.js';
import { ModelError } from '../model-error.js';

/** How long to wait before the first retry, in milliseconds; twice as long before each other one. Our choice. */
const FIRST_DELAY_MS = 100;

/** What may go better the next time. Which failures the service retries is not public: a model that says 4xx has answered. */
const RETRIED = new Set<PipeModeErrorCode>([
  'INVOCATION_TIMED_OUT',
  'INVOCATION_FAILED',
  'CONNECT_TIMED_OUT',
]);
const TOO_MANY_REQUESTS = 429;

/** How a job asks its servers. */
export interface AskingOptions {
  readonly endpoint: Endpoint;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly timeoutSeconds: number;
  readonly mostRetries: number;
  /** How long an answer may be that is held, in bytes. */
  readonly mostAnswerBytes: number;
  /** Told of every request. */
  readonly onRequest: (isRetry: boolean) => void;
}

/** What came of asking, and how often that was done. */
export interface Attempted<T> {
  readonly value: T;
  readonly attempts: number;
}

/** What asking has failed with for good, and how often it was done. */
export class AskingFailure extends Error {
  readonly attempts: number;
  override readonly cause: Error;

  constructor(attempts: number, cause: Error) {
    super(cause.message);
    this.attempts = attempts;
    this.cause = cause;
  }
}

/** Asks the servers of a job, again if they fail. */
export class Asking {
  readonly #options: AskingOptions;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** The whole answer. @throws {@link AskingFailure}; the signal's reason */
  async ask(body: Uint8Array, signal: AbortSignal): Promise<Attempted<Uint8Array>> {
    return await this.retrying(async (isRetry) => {
      const { mostAnswerBytes: mostBytes } = this.#options;
      try {
        const answer = await this.#invoke(body, { isRetry, mostBytes, signal });
        return await answer.bytes();
      } catch (error) {
        throw isTooLong(error) ? answerTooLong(mostBytes, error) : error;
      }
    }, signal);
  }

  /** One attempt with a body that comes as it is sent, and whose answer is read as it comes. */
  async stream(body: InvocationBody, isRetry: boolean, signal: AbortSignal): Promise<InvocationAnswer> {
    return await this.#invoke(body, { isRetry, mostBytes: Infinity, signal });
  }

  /** @throws {@link AskingFailure}; the signal's reason */
  async retrying<T>(attempt: (isRetry: boolean) => Promise<T>, signal: AbortSignal): Promise<Attempted<T>> {
    const { mostRetries } = this.#options;
    for (let attempts = 1; ; attempts++) {
      try {
        return { value: await attempt(attempts > 1), attempts };
      } catch (error) {
        signal.throwIfAborted();
        if (!isRetried(error) || attempts > mostRetries) throw new AskingFailure(attempts, error as Error);
        await waitFor(FIRST_DELAY_MS * 2 ** (attempts - 1), signal);
      }
    }
  }

  async #invoke(
    body: InvocationBody,
    { isRetry, mostBytes, signal }: { isRetry: boolean; mostBytes: number; signal: AbortSignal },
  ): Promise<InvocationAnswer> {
    const { endpoint, contentType, accept, timeoutSeconds, onRequest } = this.#options;
    onRequest(isRetry);
    const name = 'ModelClientConfig.InvocationsTimeoutInSeconds';
    const limits = { name, ms: timeoutSeconds * 1000, mostBytes };
    return await endpoint.invokeWithin(body, { contentType, accept, signal }, limits);
  }
}

function isRetried(error: unknown): boolean {
  if (!(error instanceof PipeModeError)) return false;
  if (!(error instanceof ModelError) || error.code !== 'MODEL_ERROR') return RETRIED.has(error.code);
  const { originalStatusCode: status } = error;
  return status >= 500 || status === TOO_MANY_REQUESTS;
}

function isTooLong(error: unknown): boolean {
  return error instanceof PipeModeError && error.code === 'PAYLOAD_TOO_LARGE';
}

function answerTooLong(mostBytes: number, cause: unknown): PipeModeError {
  const message = `The answer has more than ${mostBytes} bytes (\`maxAnswerBytes\`). Let the model answer less, or send less at a time.`;
  return new PipeModeError('ANSWER_INVALID', message, { cause });
}

/** @throws the signal's reason */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
