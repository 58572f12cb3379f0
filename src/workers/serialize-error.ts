import { PipeModeError, type PipeModeErrorCode } from '../errors.js';

/** An error on its way between threads, which lose the classes and the own properties of errors. */
export interface SerializedError {
  readonly code?: PipeModeErrorCode;
  readonly message: string;
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof PipeModeError)) return { message: String(error), cause: error };
  return { code: error.code, message: error.message, path: error.path, cause: error.cause };
}

export function deserializeError({ code, message, path, cause }: SerializedError): Error {
  return code ? new PipeModeError(code, message, { path, cause }) : new Error(message, { cause });
}
