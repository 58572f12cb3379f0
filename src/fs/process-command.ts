import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { printableLine } from '../printable.js';

/** How much of a name says what it is, in characters. */
const NAME_LENGTH = 40;

/**
 * What a process is, such as `python3 train.py`: its program, and the script that it runs; without its options, which
 * may hold secrets. Nothing if it has ended, or belongs to the kernel.
 */
export function commandOf(pid: number | string): string {
  const [program = '', ...args] = readCommandLine(pid).split('\0');
  const script = args.find((arg) => /^[^-].*\.\w{1,4}$/.test(arg));
  return [program, script].flatMap((path) => (path ? [nameOf(path)] : [])).join(' ');
}

function nameOf(path: string): string {
  const name = printableLine(basename(path));
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH)}…` : name;
}

function readCommandLine(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
