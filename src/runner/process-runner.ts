import { checkOneOf } from '../options/checks.js';
import { expected } from '../options/expected.js';
import { type Names, readOptions } from '../options/read-options.js';
import { checkProgram } from './find-program.js';
import { InsidePaths, OPT_ML } from './inside-paths.js';
import { newNetwork } from './namespace/hosts-file.js';
import { namespaceMeans } from './namespace/means.js';
import { networkTools } from './namespace/own-network.js';
import { refuseHidden } from './namespace/refuse-hidden.js';
import { startInNamespace } from './namespace/start-in-namespace.js';
import type { OutputTarget } from './output/output.js';
import { startPlainly } from './plain/start-plainly.js';
import { preparedProgram } from './prepared-program.js';
import { checkDirectories, type ProcessOptions, readProgram } from './program.js';
import type { PreparedProgram, ProgramOptions, Runner } from './runner.js';

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
  /**
   * - `machine`: that of this machine.
   * - `own`: one of its own, with nothing but itself in it: several programs may listen to the same port, and none has a way
   *   outside. Only with `isolation: 'namespace'`.
   *
   * Default `machine`.
   */
  readonly network?: ProgramNetwork | undefined;
}

/** What network a program is in. */
export type ProgramNetwork = 'machine' | 'own';

const OPTIONS: Names<ProcessRunnerOptions> = { isolation: true, output: true, network: true };

/**
 * Runs programs of this machine. Hosts of a job find each other if one runner runs them all.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function processRunner(options: ProcessRunnerOptions = {}): Runner {
  const { isolation = 'namespace', output = 'lines', network = 'machine' } = readOptions(options, OPTIONS);
  checkOneOf('isolation', ['namespace', 'none'] satisfies Isolation[], isolation);
  checkOneOf('output', ['lines', 'inherit'] satisfies OutputTarget[], output);
  checkOneOf('network', ['machine', 'own'] satisfies ProgramNetwork[], network);
  if (network === 'own' && isolation === 'none')
    throw expected('network', "'machine', with `isolation: 'none'`", network);
  const addresses = newNetwork();
  const hasOwnNetwork = network === 'own';
  return {
    namesHosts: isolation === 'namespace',
    prepare: async (program) =>
      isolation === 'namespace'
        ? await prepareInNamespace(readProcess(program), { addresses, hasOwnNetwork, output })
        : preparePlainly(readProcess(program), output),
  };
}

function readProcess(given: ProgramOptions): ProcessOptions {
  const program = readProgram(given);
  return { ...program, cwd: program.cwd ?? '/' };
}

async function prepareInNamespace(
  program: ProcessOptions,
  { addresses, hasOwnNetwork, output }: { addresses: string; hasOwnNetwork: boolean; output: OutputTarget },
): Promise<PreparedProgram> {
  const paths = new InsidePaths(OPT_ML, program.directory, program.data);
  checkDirectories(program, paths);
  refuseHidden(program);
  checkProgram(program, paths);
  const means = await namespaceMeans();
  const network = hasOwnNetwork ? networkTools() : undefined;
  const surroundings = { means, addresses, network, output };
  const start = (signal?: AbortSignal) => startInNamespace(program, surroundings, signal);
  return preparedProgram(program.command[0]!, paths, start);
}

function preparePlainly(program: ProcessOptions, output: OutputTarget): PreparedProgram {
  if (program.host !== undefined) {
    const advice = "With `isolation: 'none'` a program has the name of this machine.";
    throw expected('host', 'left out', program.host, { advice });
  }
  const paths = new InsidePaths(program.directory, program.directory, program.data);
  checkDirectories(program, paths);
  checkProgram(program, paths);
  return preparedProgram(program.command[0]!, paths, (signal) => startPlainly(program, output, signal));
}
