// A program that runs programs, as whatever user and wherever the test starts it: see `remote-runner.ts`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { processRunner } from '../../../src/runner/process-runner.js';
import type { LogStream } from '../../../src/runner/runner.js';
import type { RemoteRequest, RemoteResult } from './remote-runner.js';

const { isolation, host, programs, env, killsAfter } = JSON.parse(process.argv[2]!) as RemoteRequest;
const directory = mkdtempSync(join(tmpdir(), 'runner-remote-'));
mkdirSync(join(directory, 'model'));

const results: RemoteResult[] = [];
try {
  for (const command of programs) results.push(await run(command));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(results));

async function run(command: readonly string[]): Promise<RemoteResult> {
  try {
    const runner = processRunner({ isolation });
    const prepared = await runner.prepare({ directory, command, cwd: '/', env, host });
    await using program = await prepared.start();
    const output = Promise.all([textOf(program.stdout), textOf(program.stderr)]);
    if (command.includes(killsAfter ?? '')) program.signal('SIGKILL');
    const exit = await program.exited;
    const [stdout, stderr] = await output;
    return { ...exit, stdout, stderr };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: code ?? '', message };
  }
}

async function textOf(stream: LogStream): Promise<string> {
  let text = '';
  for await (const lines of stream) text += lines.map((line) => `${line.text}\n`).join('');
  return text;
}
