import { checkSignal, checkOneOf } from '../options/checks.js';
import { expected } from '../options/expected.js';
import { type Names, readOptions } from '../options/read-options.js';
import { checkProgram } from './find-program.js';
import { InsidePaths, OPT_ML } from './inside-paths.js';
import { newNetwork } from './namespace/hosts-file.js';
import { namespaceMeans } from './namespace/means.js';
import { startInNamespace } from './namespace/start-in-namespace.js';
import type { OutputTarget } from './output/output.js';
import { startPlainly } from './plain/start-plainly.js';
import { checkDirectories, readProgram } from './program.js';
import type { PreparedProgram, ProgramOptions, Runner } from './runner.js';
import { startAborted } from './runner-errors.js';
import { RunningProcess } from './running-process.js';
import type { StartedProgram } from './started-program.js';

/** What keeps a program apart from the machine. */
export type Isolation = 'namespace' | 'none';

/** How processes are run. */
export interface ProcessRunnerOptions {
  /**
   * - `namespace`: namespaces of its own: /opt/ml is its directory, and when it ends, nothing is left of what it has
   *   started. Linux only.
   * - `none`: nothing. Its directory is only named, in the environment variable `SAGEMAKER_BASE_DIR`. What it starts is
   *   killed with it as far as it can be found: its process group and, on Linux, what has its environment.
   *
   * Default `namespace`.
   */
  readonly isolation?: Isolation | undefined;
  /**
   * Where its output goes: `lines`, to be read from the running program, or `inherit`, to that of this process, as it is.
   * Default `lines`.
   */
  readonly output?: OutputTarget | undefined;
}

const OPTIONS: Names<ProcessRunnerOptions> = { isolation: true, output: true };
const START: Names<{ signal?: AbortSignal | undefined }> = { signal: true };

/**
 * Runs programs of this machine. Hosts of a job find each other if one runner runs them all.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function processRunner(options: ProcessRunnerOptions = {}): Runner {
  const { isolation = 'namespace', output = 'lines' } = readOptions(options, OPTIONS);
  checkOneOf('isolation', ['namespace', 'none'] satisfies Isolation[], isolation);
  checkOneOf('output', ['lines', 'inherit'] satisfies OutputTarget[], output);
  const network = newNetwork();
  return {
    namesHosts: isolation === 'namespace',
    prepare: async (program) =>
      isolation === 'namespace'
        ? await prepareInNamespace(readProgram(program), { network, output })
        : preparePlainly(readProgram(program), output),
  };
}

async function prepareInNamespace(
  program: ProgramOptions,
  { network, output }: { network: string; output: OutputTarget },
): Promise<PreparedProgram> {
  const paths = new InsidePaths(OPT_ML, program.directory, program.data);
  checkDirectories(program, paths);
  checkProgram(program, paths);
  const means = await namespaceMeans();
  return prepared(program, paths, (signal) => startInNamespace(program, { means, network, output }, signal));
}

function preparePlainly(program: ProgramOptions, output: OutputTarget): PreparedProgram {
  if (program.host !== undefined) {
    const advice = "With `isolation: 'none'` a program has the name of this machine.";
    throw expected('host', 'left out', program.host, { advice });
  }
  const paths = new InsidePaths(program.directory, program.directory, program.data);
  checkDirectories(program, paths);
  checkProgram(program, paths);
  return prepared(program, paths, (signal) => startPlainly(program, output, signal));
}

function prepared(
  { command }: ProgramOptions,
  paths: InsidePaths,
  start: (signal: AbortSignal | undefined) => Promise<StartedProgram>,
): PreparedProgram {
  return {
    async start(options = {}) {
      const { signal } = readOptions(options, START);
      if (signal !== undefined) checkSignal(signal);
      if (signal?.aborted) throw startAborted(command[0]!, signal);
      return new RunningProcess(await start(signal), paths, signal);
    },
  };
}
