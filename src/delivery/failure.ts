import { settleWithin } from '../abort/settle-within.js';
import type { Body } from '../body/body.js';
import { PipeModeError, type PipeModeErrorCode, type PipeModeErrorDetails, reasonOf } from '../errors.js';
import { iterateBody, leaveBody } from '../flow/iterate-body.js';
import type { OpenContext, SourceObject } from '../source/source.js';

/** What to call an error that is not ours. */
interface Failure {
  readonly code: PipeModeErrorCode;
  readonly what: string;
  readonly key?: string | undefined;
}

/** What sources threw while they were read, so that it is not blamed on the transforms behind them. */
const fromSource = new WeakSet();

/** Gives an error that is not ours a code and the object's key; completes one that is ours with the key. */
export function failureOf(error: unknown, { code, what, key }: Failure): PipeModeError {
  if (error instanceof PipeModeError) return error.key === undefined ? withDetails(error, { key }) : error;
  const isSource = typeof error === 'object' && error !== null && fromSource.has(error);
  const message = reasonOf(error);
  const subject = key === undefined ? what : `${what} "${key}"`;
  return new PipeModeError(isSource ? 'SOURCE_FAILED' : code, `${subject}: ${message}`, {
    key,
    cause: error,
  });
}

/** The same error, saying which channel and epoch it belongs to. */
export function withContext(error: unknown, channel: string, epoch?: number): PipeModeError {
  const failure = failureOf(error, { code: 'SOURCE_FAILED', what: 'Streaming failed' });
  if (failure.channel !== undefined) return failure;
  const where = epoch === undefined ? `Channel "${channel}"` : `Channel "${channel}", epoch ${epoch}`;
  return withDetails(failure, { channel, epoch }, `${where}: ${failure.message}`);
}

/** Lets errors of the source's body be told from those of transforms. */
export function markSource(object: SourceObject): SourceObject {
  return { ...object, key: object.key, size: object.size, open: (context) => markBody(object, context) };
}

function markBody(object: SourceObject, context: OpenContext): Body | AsyncIterable<Uint8Array> {
  const body = openMarked(object, context);
  return body.parts ? body : markErrors(body);
}

function openMarked(object: SourceObject, context: OpenContext): Body {
  try {
    return object.open(context);
  } catch (error) {
    mark(error);
    throw error;
  }
}

/** Also keeps a body that cannot be left from hiding what a transform fails with: that waits for the body's `return()`. */
function markErrors(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => markIterator(iterateBody(body)) };
}

function markIterator(chunks: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
  return {
    async next() {
      try {
        return await chunks.next();
      } catch (error) {
        mark(error);
        throw error;
      }
    },
    async return() {
      await settleWithin([leaveBody(chunks)]);
      return { done: true, value: undefined };
    },
  };
}

function mark(error: unknown): void {
  if (typeof error === 'object' && error !== null) fromSource.add(error);
}

function withDetails(
  error: PipeModeError,
  more: PipeModeErrorDetails,
  message = error.message,
): PipeModeError {
  const { code, channel, key, path, epoch, cause } = error;
  const detailed = new PipeModeError(code, message, { channel, key, path, epoch, ...more, cause });
  if (error.stack) detailed.stack = error.stack.replace(error.message, () => message);
  return detailed;
}
