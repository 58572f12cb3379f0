import { checkObject, type Names, readOptions } from '../options/read-options.js';
import { check, expected } from '../options/expected.js';
import { isDirectory } from '../fs/is-directory.js';
import { isAbsolutePath, isPath } from '../options/location.js';
import type { InsidePaths } from './inside-paths.js';
import type { HostNames, ProgramOptions } from './runner.js';

const OPTIONS: Names<ProgramOptions> = {
  directory: true,
  command: true,
  env: true,
  cwd: true,
  data: true,
  host: true,
};
const HOST: Names<HostNames> = { name: true, all: true };

/** What a host may be called: as in DNS, and no longer than the kernel takes. */
const HOST_NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;

/** More hosts than these have no address of their own in a job. */
export const MOST_HOSTS = 254;

/** A program that is to run on this machine. */
export interface ProcessOptions extends ProgramOptions {
  readonly cwd: string;
}

/**
 * Refuses what cannot be meant.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function readProgram(options: ProgramOptions): ProgramOptions {
  const program = readOptions(options, OPTIONS);
  check('directory', 'the absolute path of a directory', program.directory, isAbsolutePath);
  check('command', 'a program and its arguments: a list of strings without NULs', program.command, isCommand);
  checkObject('env', program.env, 'an object of strings');
  for (const [name, value] of Object.entries(program.env)) checkVariable(name, value);
  if (program.cwd !== undefined) check('cwd', 'an absolute path', program.cwd, isAbsolutePath);
  if (program.data !== undefined) check('data', 'an absolute path', program.data, isAbsolutePath);
  if (program.host !== undefined) checkHost(readOptions(program.host, HOST, 'host'));
  return program;
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkDirectory({ directory }: ProgramOptions): void {
  if (!isDirectory(directory)) throw expected('directory', 'a directory that is there', directory);
}

/**
 * Refuses directories that are not there. `paths` says where the program's are.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkDirectories(program: ProcessOptions, paths: InsidePaths): void {
  checkDirectory(program);
  const { cwd } = program;
  const outside = paths.outside(cwd);
  if (isDirectory(outside)) return;
  const advice = outside === cwd ? undefined : `On this machine that is "${outside}".`;
  throw expected('cwd', 'a directory that the program sees', cwd, { advice });
}

function isCommand(value: unknown): boolean {
  if (!Array.isArray(value) || !isPath(value[0])) return false;
  return value.every((word) => typeof word === 'string' && !word.includes('\0'));
}

function checkVariable(name: string, value: unknown): void {
  const isName = name !== '' && !/[=\0]/.test(name);
  if (!isName) throw expected('env', 'an object whose names have neither "=" nor NULs', name);
  const isValue = (given: unknown) => typeof given === 'string' && !given.includes('\0');
  check(`env.${name}`, 'a string without NULs', value, isValue);
}

function checkHost({ name, all }: HostNames): void {
  const isName = (value: unknown) => typeof value === 'string' && HOST_NAME.test(value);
  check('host.name', 'a host name of 1 to 63 of the characters a-z, 0-9 and "-"', name, isName);
  const isList = (value: unknown) =>
    Array.isArray(value) && value.length <= MOST_HOSTS && value.every(isName);
  check('host.all', `a list of up to ${MOST_HOSTS} host names`, all, isList);
  if (!all.includes(name)) throw expected('host.all', `a list with \`${name}\` in it`, all);
}
