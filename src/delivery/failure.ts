import { PipeModeError, type PipeModeErrorCode, type PipeModeErrorDetails, reasonOf } from '../errors.js';

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

/** Remembers that an error is the source's. */
export function markSourceError(error: unknown): void {
  if (typeof error === 'object' && error !== null) fromSource.add(error);
}

function withDetails(
  error: PipeModeError,
  more: PipeModeErrorDetails,
  message = error.message,
): PipeModeError {
  const { code, channel, key, path, epoch, stats, cause } = error;
  const detailed = new PipeModeError(code, message, { channel, key, path, epoch, stats, ...more, cause });
  if (error.stack) detailed.stack = error.stack.replace(error.message, () => message);
  return detailed;
}
