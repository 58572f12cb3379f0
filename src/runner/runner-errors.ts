import { PipeModeError } from '../errors.js';

export function programNotFound(message: string, path?: string): PipeModeError {
  return new PipeModeError('PROGRAM_NOT_FOUND', message, { path });
}

/** @param reason - a clause, as in `is a directory` */
export function programNotExecutable(path: string, reason: string, advice: string): PipeModeError {
  return new PipeModeError(
    'PROGRAM_NOT_EXECUTABLE',
    `The program "${path}" cannot be run: it ${reason}. ${advice}`,
    {
      path,
    },
  );
}

/** @param said - what the tools have said, if anything */
export function runnerFailed(what: string, said: string, cause?: unknown): PipeModeError {
  const words = said.trim();
  const quoted = words === '' ? '' : ` It says: ${words}`;
  return new PipeModeError('RUNNER_FAILED', `${what}${quoted}`, { cause });
}

export function startAborted(command: string, signal: AbortSignal): PipeModeError {
  const message = `"${command}" was not started: its signal was aborted.`;
  return new PipeModeError('ABORTED', message, { cause: signal.reason });
}

/** @param why - sentences: what is missing, and what to do */
export function runnerUnavailable(why: string, cause?: unknown): PipeModeError {
  return new PipeModeError('RUNNER_UNAVAILABLE', `No container can be run: ${why}`, { cause });
}
