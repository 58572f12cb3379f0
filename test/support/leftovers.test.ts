import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { makeFifos, newDirectory, removeDirectory } from './fifo.js';
import { expectNothingLeft, leftSince, snapshot } from './leftovers.js';

test('finds a descriptor', async () => {
  const before = snapshot();
  const fd = openSync('/dev/null', 'r');
  expect(leftSince(before)).toEqual([`descriptor ${fd} of /dev/null`]);
  await expect(expectNothingLeft(before)).rejects.toThrow(/Left behind:\n {2}descriptor \d+ of \/dev\/null/);
  closeSync(fd);
  await expectNothingLeft(before);
});

test('finds a timer, and a listener of the process', async () => {
  const before = snapshot();
  const timer = setInterval(() => {}, 1000);
  const listener = (): void => {};
  process.on('SIGUSR2', listener);
  expect(leftSince(before)).toEqual(
    expect.arrayContaining(['active Timeout', 'listener of process for "SIGUSR2"']),
  );
  clearInterval(timer);
  process.off('SIGUSR2', listener);
  await expectNothingLeft(before);
});

test('finds a child, alive or not waited for', async () => {
  const before = snapshot();
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  expect(leftSince(before)).toContainEqual(`child process ${child.pid}, sleep`);
  child.kill();
  await once(child, 'close');
  await expectNothingLeft(before);
});

test('finds a worker, even one that does not keep the process alive', async () => {
  const before = snapshot();
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  worker.unref();
  await once(worker, 'online');
  expect(leftSince(before)).toEqual(expect.arrayContaining([`worker thread ${worker.threadId}`, 'thread']));
  await worker.terminate();
  await expectNothingLeft(before);
});

test('finds a FIFO, however deep', async () => {
  const before = snapshot();
  const dir = newDirectory();
  const [path] = makeFifos(dir, 'train_0');
  expect(leftSince(before, dir)).toEqual([`FIFO ${path}`]);
  removeDirectory(dir);
  await expectNothingLeft(before, dir);
});
