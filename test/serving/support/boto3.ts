import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Debian's package belongs to Debian's Python, which need not be the first in the PATH. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import boto3']).status === 0,
);

/** Whether AWS's SDK for Python is here. CI has to have it. */
export const hasBoto3 = python !== undefined || process.env['CI'] !== undefined;

if (python === undefined)
  console.warn('NOT TESTED with boto3, which is missing: apt-get install python3-boto3');

/** What a program in Python prints, as JSON. */
export async function runWithBoto3(program: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', ['-c', program, ...args]);
  return JSON.parse(stdout);
}
