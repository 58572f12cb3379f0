import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import type { PipeModeError } from '../errors.js';
import type { InsidePaths } from './inside-paths.js';
import type { ProcessOptions } from './program.js';
import { programNotExecutable, programNotFound } from './runner-errors.js';

/** Where shells look if there is no PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** How much of a first line says what interprets a program: Linux looks at no more. */
const HEAD_BYTES = 256;

/**
 * Makes sure that the program is there and can be run, as far as that can be seen from here: better than what shells say.
 *
 * @throws {@link PipeModeError} `PROGRAM_NOT_FOUND`, `PROGRAM_NOT_EXECUTABLE`
 */
export function checkProgram({ command, env, cwd }: ProcessOptions, paths: InsidePaths): void {
  const name = command[0]!;
  const path = name.includes('/')
    ? resolve(cwd, name)
    : searchPath(name, env['PATH'] ?? DEFAULT_PATH, cwd, paths);
  const file = follow(path, paths);
  const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === undefined || stats === undefined)
    throw programNotFound(
      `There is no program ${paths.describe(path)}. Check the path; what the program sees as /opt/ml is the job's directory.`,
      path,
    );
  if (stats.isDirectory()) throw programNotExecutable(path, 'is a directory', 'Name a file in it.');
  if (!isExecutable(file)) throw notPermitted(path, stats.mode);
  checkFormat(path, file, paths);
}

/** The first file of that name that can be run; what is there and cannot is only the answer if there is no other. */
function searchPath(name: string, searched: string, cwd: string, paths: InsidePaths): string {
  const candidates = searched.split(':').map((directory) => resolve(cwd, directory, name));
  const files = candidates.filter((path) => isFile(follow(path, paths)));
  const found = files.find((path) => isExecutable(follow(path, paths)!)) ?? files[0];
  if (found !== undefined) return found;
  throw programNotFound(
    `There is no program "${name}" in any directory of the PATH that it gets: ${searched}. ` +
      `Install it, give its path, or set PATH in the program's environment.`,
  );
}

/** Where a path of the program's leads to on this machine, also by a link that leads to `/opt/ml`. */
function follow(path: string, paths: InsidePaths): string | undefined {
  let inside = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const outside = paths.outside(inside);
    const stats = attempt(() => lstatSync(outside, { throwIfNoEntry: false }));
    if (!stats?.isSymbolicLink()) return stats && outside;
    inside = resolve(dirname(inside), readlinkSync(outside));
  }
  return undefined;
}

/** What is no program for this system, a shell would run as a script of its own; a container does not. */
function checkFormat(path: string, file: string, paths: InsidePaths): void {
  const head = attempt(() => readHead(file));
  if (head === undefined) return; // may be run without being readable
  if (head.startsWith('#!')) checkInterpreter(path, head, paths);
  else if (!head.startsWith('\x7fELF') && !isMachO(head) && !hasOtherFormats())
    throw programNotExecutable(
      path,
      'is neither a binary nor a script that begins with "#!"',
      'Let its first line name its interpreter, such as "#!/bin/sh"; a container refuses it too.',
    );
}

function checkInterpreter(path: string, head: string, paths: InsidePaths): void {
  const interpreter = /^#![ \t]*([^ \t\n]*)/.exec(head)?.[1] ?? '';
  if (!isAbsolute(interpreter.trim()) || follow(interpreter, paths) !== undefined) return;
  const carriage = interpreter.endsWith('\r');
  throw programNotExecutable(
    path,
    `names the interpreter "${interpreter.trim()}" in its first line, ${
      carriage ? 'which ends in a carriage return' : 'and there is none'
    }`,
    carriage ? 'Save it with Unix line ends.' : 'Install it, or name another.',
  );
}

function notPermitted(path: string, mode: number): PipeModeError {
  const bits = (mode & 0o7777).toString(8).padStart(3, '0');
  return programNotExecutable(
    path,
    `may not be executed by this user (mode ${bits})`,
    `Do \`chmod +x\` on it.`,
  );
}

function readHead(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('latin1', 0, readSync(fd, head));
  } finally {
    closeSync(fd);
  }
}

/** macOS: 32 or 64 bits, of either order, or for several processors. */
function isMachO(head: string): boolean {
  const magic = Buffer.from(head.slice(0, 4), 'latin1').toString('hex');
  return ['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'].includes(magic);
}

/** Whether the kernel was told of other kinds of programs: Java's, those of other processors. */
function hasOtherFormats(): boolean {
  const own = ['register', 'status'];
  return attempt(() => readdirSync('/proc/sys/fs/binfmt_misc').some((name) => !own.includes(name))) ?? false;
}

function isFile(path: string | undefined): boolean {
  return path !== undefined && attempt(() => statSync(path).isFile()) === true;
}

function isExecutable(path: string): boolean {
  return attempt(() => (accessSync(path, constants.X_OK), true)) ?? false;
}

/** Directories that may not be searched have nothing in them. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** The path of a program of this machine that a runner needs; the places of administrators' programs are looked through too. */
export function findTool(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':'), ...DEFAULT_PATH.split(':')];
  return directories
    .map((directory) => join(directory || '.', name))
    .find((path) => isFile(path) && isExecutable(path));
}
