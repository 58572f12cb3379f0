import { checkSignal } from '../options/checks.js';
import { type Names, readOptions } from '../options/read-options.js';
import type { InsidePaths } from './inside-paths.js';
import type { PreparedProgram } from './runner.js';
import { startAborted } from './runner-errors.js';
import { RunningProcess } from './running-process.js';
import type { StartedProgram } from './started-program.js';

const START: Names<{ signal?: AbortSignal | undefined }> = { signal: true };

/** A program that some way of starting programs can start. */
export function preparedProgram(
  name: string,
  paths: InsidePaths,
  start: (signal: AbortSignal | undefined) => Promise<StartedProgram>,
): PreparedProgram {
  return {
    async start(options = {}) {
      const { signal } = readOptions(options, START);
      if (signal !== undefined) checkSignal(signal);
      if (signal?.aborted) throw startAborted(name, signal);
      return new RunningProcess(await start(signal), paths, signal);
    },
  };
}
