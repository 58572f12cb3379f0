import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { processRunner } from '../../src/runner/process-runner.js';
import type { RunningProgram } from '../../src/runner/runner.js';
import { runProgram } from '../support/program.js';
import { untilLine, useJob } from './support/algorithm.js';
import { connectingProcesses } from './support/connecting.js';
import { ask, echoServer } from './support/echo-server.js';
import { RemoteRunner } from './support/remote-runner.js';

const job = useJob();
let remote: RemoteRunner;
beforeAll(async () => {
  remote = await RemoteRunner.build();
});
afterAll(() => remote.remove());

async function serve(name: string, host?: string): Promise<RunningProgram> {
  const command = ['python3', '-c', echoServer(name, host)];
  const prepared = await processRunner({ network: 'own' }).prepare(job.options(command));
  const program = await prepared.start();
  await untilLine(program.stdout, 'listens');
  return program;
}

test('two servers, each on a port 8080 of its own', async () => {
  await using one = await serve('one');
  await using two = await serve('two');
  const body = 'x'.repeat(100_000);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? one : two, `${index}${body}`)),
  );
  expect(answers).toEqual(answers.map((_, index) => `${index % 2 === 0 ? 'one' : 'two'}:${index}${body}`));
});

test('who listens on 127.0.0.1 only is not reached, and neither is nobody', async () => {
  await using program = await serve('hidden', '127.0.0.1');
  await expect(program.connect(8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(program.connect(8081)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(program.connect(0)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

test('a signal ends the waiting, and the end of the program too', async () => {
  const program = await serve('one');
  const reason = new Error('enough');
  await expect(program.connect(8080, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const socket = await program.connect(8080);
  socket.on('error', () => undefined); // it may be reset
  const closed = new Promise((resolve) => socket.resume().once('close', resolve));
  await program[Symbol.asyncDispose]();
  await closed;
  await expect(program.connect(8080)).rejects.toMatchObject({ code: 'RUNNER_FAILED' });
});

/** Accepts nobody: one connection waits for that, and others are not answered. */
const FULL = `
import socket, time
server = socket.create_server(("0.0.0.0", 8080), backlog=0)
print("listens", flush=True)
time.sleep(60)`;

test('a server that does not accept is waited for as long as is said', async () => {
  const prepared = await processRunner({ network: 'own' }).prepare(job.options(['python3', '-c', FULL]));
  await using program = await prepared.start();
  await untilLine(program.stdout, 'listens');
  const waiting = await program.connect(8080, { timeoutMs: 5000 });
  await expect(program.connect(8080, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await expect(program.connect(8080, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  waiting.destroy();
});

test('how long it takes us to get to connecting does not count', async () => {
  await using program = await serve('one');
  const [helper] = connectingProcesses();
  process.kill(helper!, 'SIGSTOP');
  const connecting = program.connect(8080, { timeoutMs: 50 });
  await delay(300);
  process.kill(helper!, 'SIGCONT');
  (await connecting).destroy();
});

test('the process that connects may be killed: there is another one', async () => {
  await using program = await serve('one');
  for (let time = 0; time < 3; time++) {
    expect(await ask(program, `${time}`)).toBe(`one:${time}`);
    for (const pid of connectingProcesses()) process.kill(pid, 'SIGKILL');
  }
  expect(await ask(program, 'x')).toBe('one:x');
});

/** Whether any user can run it. What `npx` has fetched may be in root's home. */
function isForAll(path: string): boolean {
  return path === '/' || ((statSync(path).mode & 0o1) !== 0 && isForAll(dirname(path)));
}

const canBeOrdinary = process.getuid?.() === 0 && isForAll(process.execPath);

test.runIf(canBeOrdinary)('an ordinary user has such networks, too', async () => {
  const source = `
    process.setgroups([]); process.setgid(65534); process.setuid(65534);
    const { processRunner } = await import('${remote.module}');
    const { mkdtempSync, rmSync } = await import('node:fs');
    const directory = mkdtempSync('/tmp/network-test-');
    const command = ['python3', '-c', ${JSON.stringify(echoServer('it'))}];
    const env = { PATH: '/usr/bin:/bin' };
    const prepared = await processRunner({ network: 'own' }).prepare({ directory, command, env, cwd: '/' });
    const program = await prepared.start();
    for await (const line of program.stdout) break;
    const socket = await program.connect(8080);
    socket.end('POST / HTTP/1.0\\r\\ncontent-length: 2\\r\\n\\r\\nhi');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    await program.stop({ graceMs: 0 });
    rmSync(directory, { recursive: true });
    console.log(process.getuid(), answer.split('\\r\\n').at(-1));
    process.exit();`;
  expect(await runProgram(source)).toMatchObject({ code: 0, lines: ['65534 it:hi'] });
});

test('without isolation there is no network of its own to be had', () => {
  expect(() => processRunner({ isolation: 'none', network: 'own' })).toThrow(/`network`/);
});
