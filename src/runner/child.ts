import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';

import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';
import { runnerFailed } from './runner-errors.js';

/** How a child of ours has ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child of ours that runs. */
export interface Child {
  readonly process: ChildProcess & { readonly pid: number };
  /** Resolves when it has ended, whoever still has its pipes. */
  readonly exit: Promise<ChildEnd>;
}

/**
 * Starts a program, in a session of its own: what a terminal sends to its foreground is not for it.
 *
 * @throws {@link PipeModeError} `TOO_MANY_OPEN_FILES`, `RUNNER_FAILED`
 */
export async function startChild(
  [program, ...args]: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'stdio'>,
): Promise<Child> {
  try {
    const child = spawn(program!, args, { ...options, detached: true });
    await started(child);
    child.on('error', () => undefined); // a signal that it may not be sent
    const exit = new Promise<ChildEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    return { process: child as Child['process'], exit };
  } catch (cause) {
    if (isTooManyFiles(cause)) throw tooManyOpenFiles(`"${program!}"`, cause);
    throw runnerFailed(`Cannot start "${program!}".${adviceFor(cause)}`, (cause as Error).message, cause);
  }
}

/** It is known at once; only the event comes later. */
function started(child: ChildProcess): Promise<void> | undefined {
  if (child.pid !== undefined) return undefined;
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
  });
}

function adviceFor(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'E2BIG')
    return ' Its arguments and environment are longer than the system takes: shorten them.';
  return code === 'EAGAIN'
    ? ' This user has too many processes: `ulimit -u` shows how many there may be.'
    : '';
}
