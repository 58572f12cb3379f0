import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { BlockWriter } from '../../src/body/block-writer.js';

/** A thread that writes when it is told to: which moment is hit is what these tests are about. */
class Thread {
  readonly asked: (() => void)[] = [];

  next(): Promise<IteratorResult<undefined, undefined>> {
    return new Promise((resolve) => {
      this.asked.push(() => {
        resolve({ done: false, value: undefined });
      });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test('sends nothing to the file once it has ended, also if somebody is still appending', async () => {
  const thread = new Thread();
  const writer = new BlockWriter(thread, { count: 2, bytes: 100 });
  const appending = writer.append(new Uint8Array(1000));
  const refused = expect(appending).rejects.toMatchObject({ code: 'ABORTED' });
  expect(thread.asked.length).toBe(2);
  let isOver = false;
  const ended = writer.end().then(() => (isOver = true));
  thread.asked[0]!();
  await nextTurn();
  expect(isOver).toBe(false);
  thread.asked[1]!();
  await ended;
  await refused;
  expect(() => writer.append(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'ABORTED' }));
  await expect(writer.flush()).rejects.toMatchObject({ code: 'ABORTED' });
  expect(thread.asked.length).toBe(2);
});
