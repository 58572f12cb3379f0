import { checkBoolean, checkInteger } from '../../options/checks.js';
import { check } from '../../options/expected.js';
import { isPath } from '../../options/location.js';
import { type Names, readOptions } from '../../options/read-options.js';

/** Where and how a container runs. */
export interface ContainerOptions {
  /**
   * Where the engine listens, as in `DOCKER_HOST`: `unix:///var/run/docker.sock`. Default: what Docker's own client uses,
   * which is `DOCKER_HOST`, a context or the usual socket. The engine has to see this machine's files.
   */
  readonly engine?: string | undefined;
  /** The size of /dev/shm, in bytes from 1 up. Default: the engine's, 64 MiB mostly. */
  readonly shmBytes?: number | undefined;
  /** How much memory the container may use, in bytes from 6 MiB up; who needs more is killed. Default: no limit. */
  readonly memoryBytes?: number | undefined;
}

/** How containers are run. */
export interface ContainerRunnerOptions extends ContainerOptions {
  /** The image's name. It is pulled if the engine does not have it. */
  readonly image: string;
  /**
   * Whether the command is given to the image's entrypoint, as its arguments; otherwise it is run instead of it. Default
   * `true`.
   */
  readonly usesEntrypoint?: boolean | undefined;
}

/** The least that engines take. */
const LEAST_MEMORY = 6 * 1024 * 1024;

const WHERE: Names<ContainerOptions> = { engine: true, shmBytes: true, memoryBytes: true };
const ALL: Names<ContainerRunnerOptions> = { image: true, usesEntrypoint: true, ...WHERE };

/**
 * @param name - the option that they are the value of
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function readContainerOptions(given: ContainerOptions, name: string): ContainerOptions {
  const options = readOptions(given, WHERE, name);
  checkWhere(options, `${name}.`);
  return options;
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readRunnerOptions(given: ContainerRunnerOptions): ContainerRunnerOptions {
  const options = readOptions(given, ALL);
  checkImage(options.image);
  if (options.usesEntrypoint !== undefined) checkBoolean('usesEntrypoint', options.usesEntrypoint);
  checkWhere(options, '');
  return options;
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkImage(image: unknown): void {
  check('image', "an image's name", image, isPath);
}

function checkWhere({ engine, shmBytes, memoryBytes }: ContainerOptions, prefix: string): void {
  if (engine !== undefined) {
    const isUrl = (value: unknown) => isPath(value) && value.includes('://');
    check(`${prefix}engine`, 'an address such as unix:///var/run/docker.sock', engine, isUrl);
  }
  if (shmBytes !== undefined) checkInteger(`${prefix}shmBytes`, 'a number of bytes from 1 up', shmBytes, 1);
  if (memoryBytes !== undefined) {
    const rule = `a number of bytes from ${LEAST_MEMORY} up`;
    checkInteger(`${prefix}memoryBytes`, rule, memoryBytes, LEAST_MEMORY);
  }
}
