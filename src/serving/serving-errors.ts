import { PipeModeError } from '../errors.js';
import type { ProgramExit } from '../runner/runner.js';

/** Where servers listen (Developer Guide, Custom Inference Code with Hosting Services). */
export const PORT = 8080;

/** How a program has ended, to follow a verb. */
export function howEnded({ code, signal }: ProgramExit): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

/** Why there is no connection any more: the server has ended. */
export class ServerEnded extends Error {
  /** A clause, to follow the instance's name. */
  readonly clause: string;

  constructor(exit: ProgramExit) {
    const clause = `ended ${howEnded(exit)}`;
    super(`The server ${clause}.`);
    this.clause = clause;
  }
}

/** How a connection has failed, to follow the instance's name. */
export function brokenOff(error: unknown): string {
  if (error instanceof ServerEnded) return error.clause;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return `does not listen to port ${PORT} (${message})`;
  return `has broken the connection off (${message})`;
}

export function connectTimedOut(ms: number): PipeModeError {
  const message = `The server did not accept a connection to port 8080 within ${ms} ms (\`limits.connectTimeoutMs\`). It has to accept connections while it computes: give it more workers or threads, or a longer queue.`;
  return new PipeModeError('CONNECT_TIMED_OUT', message);
}

export function pingTimedOut(ms: number): PipeModeError {
  const message = `The server did not answer /ping within ${ms} ms (\`limits.pingTimeoutMs\`). It has to answer while it computes: give it more workers or threads.`;
  return new PipeModeError('PING_TIMED_OUT', message);
}

/** @param what - as in `The payload` */
export function payloadTooLarge(what: string, most: number, found?: number): PipeModeError {
  const has = found === undefined ? `has more than ${most} bytes` : `has ${found} bytes, more than ${most}`;
  const message = `${what} ${has} (\`limits.maxPayloadBytes\`). The service refuses it: send less at a time, or use a batch transform.`;
  return new PipeModeError('PAYLOAD_TOO_LARGE', message);
}

/** @param what - a clause, to follow the instance's name */
export function invocationFailed(
  instance: string,
  { what, wasSent, cause }: { readonly what: string; readonly wasSent: boolean; readonly cause: unknown },
): PipeModeError {
  const handled = wasSent ? 'It may have been handled: that is not known.' : 'Nothing of it was sent.';
  return new PipeModeError('INVOCATION_FAILED', `The invocation failed: ${instance} ${what}. ${handled}`, {
    cause,
  });
}

/**
 * A question that is no invocation: whether it was handled is of no interest.
 *
 * @param what - a clause, to follow the instance's name
 */
export function questionFailed(path: string, instance: string, what: string, cause?: unknown): PipeModeError {
  return new PipeModeError('INVOCATION_FAILED', `GET ${path} was not answered: ${instance} ${what}.`, {
    cause,
  });
}

export function endpointStopped(name: string, wasSent?: boolean): PipeModeError {
  const handled = wasSent === true ? ' The invocation may have been handled.' : '';
  return new PipeModeError(
    'ENDPOINT_STOPPED',
    `Endpoint "${name}" was stopped.${handled} Start another one.`,
  );
}

export function portInUse(cause: unknown): PipeModeError {
  const message =
    "Port 8080 of this machine is taken already, and with `isolation: 'none'` the server would have to listen to it. End what listens there (`ss -ltnp`), or use `isolation: 'namespace'`, where it is the server's own.";
  return new PipeModeError('PORT_IN_USE', message, { cause });
}

export function modelNotFound(path: string, found: string, cause?: unknown): PipeModeError {
  const message = `There is no model at "${path}": ${found}. Expected a directory, or an archive that \`tar -czf\` makes.`;
  return new PipeModeError('MODEL_NOT_FOUND', message, { path, cause });
}

export function modelTooSlow(seconds: number): PipeModeError {
  const message = `The model was not downloaded and unpacked within ${seconds} s (ModelDataDownloadTimeoutInSeconds). Give it more time, or make the model smaller.`;
  return new PipeModeError('MODEL_DOWNLOAD_TIMED_OUT', message);
}
