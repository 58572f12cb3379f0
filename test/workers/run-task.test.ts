import { expect, test } from 'vitest';

import { packParts } from '../../src/body/packed-parts.js';
import { READ_CHUNKS } from '../../src/body/read-tasks.js';
import { iterateTask, startTask } from '../../src/workers/run-task.js';
import { ioThread } from '../../src/workers/threads.js';
import { noise } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

function args() {
  scratch.files({ a: noise(3_000_000) });
  return { parts: packParts([{ path: scratch.path('a'), offset: 0, length: 3_000_000 }]) };
}

test('what is asked of a task that is closed is rejected, never done', async () => {
  const task = startTask(ioThread, READ_CHUNKS, args());
  const asked = Promise.allSettled([task.next(undefined), task.next(undefined)]);
  await task.close();
  const aborted = expect.objectContaining({ code: 'ABORTED' }) as Error;
  expect(await asked).toEqual([
    { status: 'rejected', reason: aborted },
    { status: 'rejected', reason: aborted },
  ]);
  await expect(task.next(undefined)).rejects.toEqual(aborted);
});

test('a task whose signal is aborted rejects with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const bytes = iterateTask(ioThread, READ_CHUNKS, args(), controller.signal);
  await bytes.next();
  controller.abort(reason);
  await expect(bytes.next()).rejects.toBe(reason);
  expect(await bytes.next()).toEqual({ done: true, value: undefined });
  await expect(iterateTask(ioThread, READ_CHUNKS, args(), controller.signal).next()).rejects.toBe(reason);
});

test('a task says done, however often it is asked after its end', async () => {
  const task = startTask(ioThread, READ_CHUNKS, args());
  const asked = await Promise.all(Array.from({ length: 6 }, () => task.next(undefined)));
  expect(asked.map(({ done }) => done)).toEqual([false, false, false, true, true, true]);
  await task.close();
});
