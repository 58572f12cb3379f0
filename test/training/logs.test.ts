import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { LogEvent } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { HostLog } from '../../src/logs/host-log.js';
import { mergeLogs } from '../../src/logs/merge-logs.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

test('every line, with its host and stream, as an event and in the file', async () => {
  const events: LogEvent[] = [];
  await using job = jobs.sh('echo one; echo two >&2; printf "no end"');
  job.on('log', (event) => events.push(event));
  const result = await job.finished();
  const seen = events.map(({ host, stream, text }) => `${host} ${stream} ${text}`).sort();
  expect(seen).toEqual(['algo-1 stderr two', 'algo-1 stdout no end', 'algo-1 stdout one']);
  expect(readFileSync(result.logFile, 'utf8').split('\n').sort()).toEqual([
    '',
    expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z std(out|err) F /),
    expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z std(out|err) F /),
    expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z std(out|err) F /),
  ]);
});

test('logs() has all of them, for whoever reads along and for whoever comes late', async () => {
  await using job = jobs.python('for i in range(100000): print("line", i, "\\u00e9")');
  const read = async () => {
    const texts: string[] = [];
    for await (const { text } of job.logs()) texts.push(text);
    return texts;
  };
  const [along] = await Promise.all([read(), job.finished()]);
  const late = await read();
  expect(along).toEqual(Array.from({ length: 100_000 }, (_, index) => `line ${index} é`));
  expect(late).toEqual(along);
});

test.each([
  ['all the time', 0],
  ['now and then', 0.1],
])('a process that has got away, and writes %s, holds nothing up', async (_how, seconds) => {
  const daemon = `
import os, sys, time
if os.fork() == 0:
    os.setsid()
    os.execve(sys.executable, [sys.executable, '-c', '''
import os, time
end = time.time() + 30
while time.time() < end:
    os.write(1, b"away" * 1000 + bytes([10]))
    time.sleep(${seconds})
'''], {})
time.sleep(0.3)`;
  await using job = jobs.python(daemon, {}, { isolation: 'none' });
  expect(await job.finished()).toMatchObject({ status: 'Completed' });
});

test('who leaves the loop holds nothing up', async () => {
  await using job = jobs.python('for i in range(100000): print("line", i)');
  for await (const { text } of job.logs()) if (text.startsWith('line')) break;
  expect(await job.finished()).toMatchObject({ status: 'Completed' });
});

test('who has begun to read has all of it, also when the job is disposed of', async () => {
  const lines = 100_000;
  const job = jobs.python(`for i in range(${lines}): print("line", i)`);
  const [log, other] = [job.logs(), job.logs()].map((each) => each[Symbol.asyncIterator]());
  await other!.next();
  await log!.next();
  await job.finished();
  const late = job.logs();
  await job[Symbol.asyncDispose]();
  let count = 1;
  while (!(await log!.next()).done) count++;
  expect(count).toBe(lines);
  await other!.return!(); // or its descriptor stays
  await expect(late[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'READ_FAILED',
    path: `${job.directory}/logs/algo-1.log`,
    message: expect.stringContaining('when the job is disposed of') as string,
  });
});

test('a line longer than a million characters comes in parts', async () => {
  await using job = jobs.python('print("x" * (3 << 20)); print("short")');
  await job.finished();
  const parts: LogEvent[] = [];
  for await (const event of job.logs()) parts.push(event);
  expect(parts.map(({ continues }) => continues)).toEqual([true, true, false, false]);
  expect(parts.slice(0, 3).reduce((length, { text }) => length + text.length, 0)).toBe(3 << 20);
  expect(parts[3]!.text).toBe('short');
});

test('what is not UTF-8, and what looks like the format itself, are lines like others', async () => {
  await using job = jobs.python(
    'import sys; sys.stdout.buffer.write(b"\\xff\\r\\n2026-01-01T00:00:00.000Z stderr P x\\n\\n a\\rb\\n")',
  );
  await job.finished();
  const texts: string[] = [];
  for await (const { text, stream } of job.logs()) texts.push(`${stream}:${text}`);
  expect(texts).toEqual([
    'stdout:\ufffd',
    'stdout:2026-01-01T00:00:00.000Z stderr P x',
    'stdout:',
    'stdout: a\rb',
  ]);
});

test('a log that cannot be written ends the job', async () => {
  await using job = jobs.sh(
    'echo one; while [ ! -e $ML/model/go ]; do sleep 0.01; done; echo two; sleep 60',
    {},
  );
  // The file is opened with the first line: before that, a directory in its place makes that fail.
  job.on('status', ({ secondaryStatus }) => {
    if (secondaryStatus === 'Downloading') rmSync(`${job.directory}/logs`, { recursive: true });
  });
  const error = await failureOf(job);
  expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', signal: 'SIGKILL' });
  expect(error.cause).toMatchObject({ code: 'WRITE_FAILED', path: `${job.directory}/logs/algo-1.log` });
});

describe('a log', () => {
  const lines = (...texts: string[]) => texts.map((text) => ({ text, continues: false }));
  const ignore = async () => {};

  test('is written in the order in which it is given, also what comes while it is written', async () => {
    const log = new HostLog(jobs.path('log'), 'algo-1', ignore);
    await Promise.all([log.append(lines('a', 'b'), 'stdout'), log.append(lines('c'), 'stderr')]);
    await delay(1);
    await log.append(lines('d'), 'stdout');
    await log.written();
    expect(readFileSync(log.path, 'utf8')).toMatch(
      /^\S+ stdout F a\n\S+ stdout F b\n\S+ stderr F c\n\S+ stdout F d\n$/,
    );
    await log.end();
    const texts: string[] = [];
    for await (const { text } of log.read()) texts.push(text);
    expect(texts).toEqual(['a', 'b', 'c', 'd']);
  });

  test('makes whoever writes wait for those who are told', async () => {
    const told: number[] = [];
    let goOn = () => {};
    const log = new HostLog(jobs.path('log'), 'algo-1', async (batches) => {
      told.push(batches.length);
      await new Promise<void>((resolve) => (goOn = resolve));
    });
    let taken = 0;
    const writing = (async () => {
      for (; taken < 100; taken++) await log.append(lines('x'.repeat(10_000)), 'stdout');
    })();
    await delay(100);
    expect(told).toHaveLength(1);
    const before = taken;
    expect(before).toBeLessThan(60);
    await delay(50);
    expect(taken).toBe(before);
    const going = setInterval(() => goOn(), 1);
    await writing;
    await log.written();
    clearInterval(going);
    expect(told.reduce((sum, count) => sum + count)).toBe(100);
    await log.end();
  });

  test('that cannot be written says so to everybody, and holds nobody', async () => {
    const log = new HostLog(jobs.path('missing/log'), 'algo-1', ignore);
    await log.append(lines('a'), 'stdout');
    await expect(log.failed).rejects.toMatchObject({ code: 'WRITE_FAILED', path: log.path });
    await expect(log.written()).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    await expect(log.append(lines('b'), 'stdout')).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(log.lastLines).toEqual(['a', 'b']);
    await log.end();
  });
});

test('the logs of several hosts come in turns, and one that fails fails all of them', async () => {
  const three = async function* (name: string) {
    for (let index = 0; index < 3; index++) yield await Promise.resolve(`${name}${index}`);
    if (name === 'c') throw new Error('no more of c');
  };
  const texts: string[] = [];
  const read = async (names: readonly string[]) => {
    for await (const text of mergeLogs(names.map(three))) texts.push(text);
  };
  await read(['a', 'b']);
  expect(texts.splice(0)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  await expect(read(['a', 'c'])).rejects.toThrow('no more of c');
  await read([]);
});

test('of the lines of a host nothing is kept while another one is silent', async () => {
  const lines = 200_000;
  const many = async function* () {
    for (let index = 0; index < lines; index++) yield await Promise.resolve(index);
  };
  let speak = () => {};
  const silent = async function* () {
    await new Promise<void>((resolve) => (speak = resolve));
    yield -1;
  };
  const before = heapUsed();
  let count = 0;
  for await (const index of mergeLogs([many(), silent()])) {
    if (index !== -1) count++;
    if (count < lines || index === -1) continue;
    expect(heapUsed() - before).toBeLessThan(20_000_000); // a promise per line would be 70 MB
    speak();
  }
  expect(count).toBe(lines);
});

/** In bytes, of what is still in use. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
