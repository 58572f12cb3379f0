import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runProgram } from './processes.js';

/** What is on this machine. A reason stands for what is missing. */
export interface Toolchain {
  /** Paths of our own programs in C. */
  readonly reader: string | undefined;
  readonly splice: Tool;
  readonly started: Tool;
  /** The same without libraries, for an image that has nothing else in it. */
  readonly startedAlone: Tool;
  readonly lines: Tool;
  readonly python: Tool;
  readonly boto3: Tool;
  readonly pigz: Tool;
  readonly aws: Tool;
  readonly taskset: Tool;
  readonly tar: Tool;
  /** The client of a container engine that answers. */
  readonly docker: Tool;
}

export type Tool = { readonly command: string } | { readonly missing: string };

/** A file beside this module. */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export async function findTools(directory: string): Promise<Toolchain> {
  const [reader, splice, started, startedAlone, lines] = await Promise.all([
    compile('reader', directory),
    process.platform === 'linux' ? compile('splice', directory) : { missing: 'splice exists on Linux only' },
    compile('started', directory),
    compile('started', directory, '-static'),
    compile('lines', directory),
  ]);
  const [python, boto3, pigz, aws, taskset, tar, docker] = await Promise.all([
    probe('python3', ['-c', 'pass'], 'python3 is not installed'),
    probe('python3', ['-c', 'import boto3'], 'boto3 is not installed (apt-get install python3-boto3)'),
    probe('pigz', ['--version'], 'pigz is not installed (apt-get install pigz)'),
    probe('aws', ['--version'], 'aws is not installed (apt-get install awscli)'),
    probe('taskset', ['-c', '1', 'true'], 'taskset (util-linux) or a second core is not there'),
    probe('tar', ['--version'], 'tar is not installed'),
    probe(
      'docker',
      ['version'],
      'no container engine answers the client `docker` (`docker version` says why)',
    ),
  ]);
  return {
    reader: 'command' in reader ? reader.command : undefined,
    splice,
    started,
    startedAlone,
    lines,
    python,
    boto3,
    pigz,
    aws,
    taskset,
    tar,
    docker,
  };
}

async function compile(name: string, directory: string, ...options: string[]): Promise<Tool> {
  const command = join(directory, [name, ...options].join(''));
  const source = beside(`native/${name}.c`);
  return await runProgram('cc', '-O2', ...options, '-o', command, source).then(
    () => ({ command }),
    () => ({ missing: `there is no C compiler that works (${['cc', ...options].join(' ')})` }),
  );
}

async function probe(command: string, args: string[], missing: string): Promise<Tool> {
  return await runProgram(command, ...args).then(
    () => ({ command }),
    () => ({ missing }),
  );
}
