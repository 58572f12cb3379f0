import { InsidePaths, OPT_ML } from '../inside-paths.js';
import { preparedProgram } from '../prepared-program.js';
import { checkDirectory, readProgram } from '../program.js';
import type { PreparedProgram, PrepareOptions, ProgramOptions, Runner } from '../runner.js';
import { findDocker } from './engine.js';
import { haveImage } from './image.js';
import { JobNetwork } from './job-network.js';
import { type ContainerRunnerOptions, readRunnerOptions } from './options.js';
import { startContainer } from './start-container.js';

/**
 * Runs programs in containers of an image, on an engine that speaks Docker's API. Programs of the same runner that have
 * several hosts reach each other by the hosts' names, on a network of their own.
 *
 * A container sees `input` of its directory, read-only, as it is here. All else of its /opt/ml is its own: it begins as a
 * copy, and `collect()` brings back what became of it.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function containerRunner(given: ContainerRunnerOptions): Runner {
  const options = readRunnerOptions(given);
  const network = new JobNetwork();
  return {
    namesHosts: true,
    prepare: (program, how = {}) => prepare(readProgram(program), options, network, how),
  };
}

async function prepare(
  program: ProgramOptions,
  options: ContainerRunnerOptions,
  network: JobNetwork,
  how: PrepareOptions,
): Promise<PreparedProgram> {
  checkDirectory(program);
  const engine = findDocker(options.engine);
  const image = await haveImage(engine, options.image, how);
  const plan = { engine, program, options, image, network };
  const paths = new InsidePaths(OPT_ML, program.directory);
  return preparedProgram(program.command[0]!, paths, (signal) => startContainer(plan, signal));
}
