import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runProgram } from './processes.js';

/** What is on this machine. A reason stands for what is missing. */
export interface Toolchain {
  /** Paths of our own programs in C. */
  readonly reader: string | undefined;
  readonly splice: Tool;
  readonly python: Tool;
  readonly boto3: Tool;
  readonly pigz: Tool;
  readonly aws: Tool;
  readonly taskset: Tool;
}

export type Tool = { readonly command: string } | { readonly missing: string };

/** A file beside this module. */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export async function findTools(workspace: string): Promise<Toolchain> {
  const [reader, splice, python, boto3, pigz, aws, taskset] = await Promise.all([
    compile('reader', workspace),
    process.platform === 'linux' ? compile('splice', workspace) : { missing: 'splice exists on Linux only' },
    probe('python3', ['-c', 'pass'], 'python3 is not installed'),
    probe('python3', ['-c', 'import boto3'], 'boto3 is not installed (apt-get install python3-boto3)'),
    probe('pigz', ['--version'], 'pigz is not installed (apt-get install pigz)'),
    probe('aws', ['--version'], 'aws is not installed (apt-get install awscli)'),
    probe('taskset', ['-c', '1', 'true'], 'taskset (util-linux) or a second core is not there'),
  ]);
  return {
    reader: 'command' in reader ? reader.command : undefined,
    splice,
    python,
    boto3,
    pigz,
    aws,
    taskset,
  };
}

async function compile(name: string, workspace: string): Promise<Tool> {
  const command = join(workspace, name);
  const source = beside(`native/${name}.c`);
  return await runProgram('cc', '-O2', '-o', command, source).then(
    () => ({ command }),
    () => ({ missing: 'there is no C compiler that works (cc)' }),
  );
}

async function probe(command: string, args: string[], missing: string): Promise<Tool> {
  return await runProgram(command, ...args).then(
    () => ({ command }),
    () => ({ missing }),
  );
}
