import { isDirectory } from '../fs/is-directory.js';
import { checkOneOf, checkSignal } from '../options/checks.js';
import { check, expected } from '../options/expected.js';
import { isPath, resolveDirectory } from '../options/location.js';
import { checkObject, readArgument } from '../options/read-options.js';
import { checkImage, type ContainerOptions, readContainerOptions } from './container/options.js';
import { inheritedEnvironment } from './inherited-environment.js';
import { OPT_ML } from './inside-paths.js';
import type { Isolation } from './process-runner.js';

/** What says which program to run, as the caller has given it. */
interface GivenProgram {
  readonly command?: readonly string[] | undefined;
  readonly image?: string | undefined;
  readonly container?: ContainerOptions | undefined;
  readonly isolation?: Isolation | undefined;
}

/** What jobs and endpoints are given alike of how to run a program. */
interface GivenOptions extends GivenProgram {
  readonly baseDir?: string | URL | undefined;
  readonly cwd?: string | URL | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly directory?: string | URL | undefined;
  readonly stopGraceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How to run a program, checked, with defaults. Paths are absolute. */
export interface ResolvedProgramOptions {
  /** `undefined` if it runs in a container. */
  readonly command: readonly string[] | undefined;
  /** `undefined` if it is the request's. */
  readonly image: string | undefined;
  readonly container: ContainerOptions;
  readonly isolation: Isolation;
  readonly baseDir: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string | undefined;
  readonly stopGraceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The names of these options. */
export const PROGRAM_OPTIONS = {
  command: true,
  image: true,
  container: true,
  isolation: true,
  baseDir: true,
  cwd: true,
  env: true,
  directory: true,
  stopGraceMs: true,
  signal: true,
} as const;

/**
 * Reads what jobs and endpoints are given alike.
 *
 * @param graceMs - the default of `stopGraceMs`
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function readProgramOptions(given: GivenOptions, graceMs: number): ResolvedProgramOptions {
  const { command, isolation, directory, signal, container = {}, stopGraceMs = graceMs } = given;
  const { env = command === undefined ? {} : inheritedEnvironment() } = given;
  checkProgram(given);
  const grace = 'a number of milliseconds from 0 up, or Infinity';
  check('stopGraceMs', grace, stopGraceMs, (ms) => typeof ms === 'number' && ms >= 0);
  if (signal !== undefined) checkSignal(signal);
  const baseDir = given.baseDir === undefined ? process.cwd() : resolveDirectory('baseDir', given.baseDir);
  return {
    command: command && readArgument('command', () => [...command]),
    image: given.image,
    container: readContainerOptions(container, 'container'),
    isolation: isolation ?? 'namespace',
    baseDir,
    cwd: given.cwd === undefined ? baseDir : resolveWorkingDirectory(given.cwd, isolation),
    env: readEnvironment(env),
    directory: directory === undefined ? undefined : resolveDirectory('directory', directory),
    stopGraceMs,
    signal,
  };
}

/** Refuses what does not go together: a program is of this machine, or in an image. */
function checkProgram(given: GivenProgram): void {
  if (given.command === undefined) checkForImage(given);
  else checkCommand(given);
}

function checkCommand({ command, image, container, isolation }: GivenProgram): void {
  check('command', 'a program and its arguments: a list of strings without NULs', command, isCommand);
  const advice = 'A command is a program of this machine: leave one of them out.';
  if (image !== undefined) throw expected('image', 'left out where there is a `command`', image, { advice });
  if (container !== undefined)
    throw expected('container', 'left out where there is a `command`', container, { advice });
  if (isolation !== undefined)
    checkOneOf('isolation', ['namespace', 'none'] satisfies Isolation[], isolation);
}

function checkForImage({ image, isolation }: GivenProgram): void {
  if (image !== undefined) checkImage(image);
  if (isolation === undefined) return;
  throw expected('isolation', 'left out where there is no `command`', isolation, {
    advice: 'A container has its own.',
  });
}

function isCommand(value: unknown): boolean {
  if (!Array.isArray(value) || !isPath(value[0])) return false;
  return [...(value as unknown[])].every(isWord);
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}

/** The environment that was given. What is `undefined` in it the program does not get. */
function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  checkObject('env', env, 'an object of strings');
  const entries = readArgument('env', () => Object.entries(env));
  for (const [name, value] of entries) {
    const isValue = (given: unknown) => given === undefined || isWord(given);
    check(`env.${name}`, 'a string without NULs', value, isValue);
  }
  return Object.fromEntries(entries);
}

/** The working directory that was given. Below the program's own /opt/ml there is nothing yet that could be looked for. */
function resolveWorkingDirectory(given: string | URL, isolation: Isolation | undefined): string {
  const cwd = resolveDirectory('cwd', given);
  const isInside = isolation !== 'none' && (cwd === OPT_ML || cwd.startsWith(`${OPT_ML}/`));
  if (!isInside && !isDirectory(cwd)) throw expected('cwd', 'a directory that is there', cwd);
  return cwd;
}

/** The variables of an environment that have a value. */
export function definedVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
