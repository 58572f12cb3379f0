import { types } from 'node:util';

import { PipeModeError, type PipeModeErrorCode, reasonOf } from '../errors.js';

/** An error on its way between threads, which lose the classes and the own properties of errors. */
export interface SerializedError {
  readonly code?: PipeModeErrorCode;
  readonly message: string;
  readonly path?: string | undefined;
  readonly cause?: unknown;
  /** The system's code of the cause. */
  readonly causeCode?: string | undefined;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof PipeModeError)) return { message: reasonOf(error), cause: error };
  const { code, message, path, cause } = error;
  return { code, message, path, cause, causeCode: (cause as NodeJS.ErrnoException | undefined)?.code };
}

export function deserializeError({ code, message, path, cause, causeCode }: SerializedError): Error {
  if (causeCode !== undefined && types.isNativeError(cause)) Object.assign(cause, { code: causeCode });
  return code ? new PipeModeError(code, message, { path, cause }) : new Error(message, { cause });
}
