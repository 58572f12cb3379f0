import { expect, test } from 'vitest';

import { createChannel, createChannels } from 'sagemaker-pipe-mode';

import { rejection } from '../support/expected-errors.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const program = (rest: string) => `
  import { createChannel, createChannels } from 'sagemaker-pipe-mode';
  const options = { source: [{ key: 'a', body: 'a' }], dest: process.argv[1], epochs: 1 };
  ${rest}
`;

test.each([
  [`createChannel({ name: 'train', ...options })`, 'Channel "train" has not been started'],
  [
    `createChannels({ channels: { train: { source: options.source } }, dest: options.dest })`,
    'The group of channels has not been started',
  ],
])('a process that would end while it waits for %s is told why', async (made, words) => {
  const { code, lines, stderr } = await runProgram(
    program(`await ${made}.finished().catch((error) => console.log(error.code, error.message));`),
    { args: [scratch.dest] },
  );
  expect({ lines, stderr, code }).toEqual({
    lines: [
      expect.stringMatching(
        `^INVALID_STATE ${words}, and finished\\(\\) waits for its end: call start\\(\\) first\\. It was made at .*eval1\\]:4:`,
      ),
    ],
    stderr: '',
    code: 0,
  });
});

test('each of several is told, one after the other', async () => {
  const { code, lines, stderr } = await runProgram(
    program(`
      for (const name of ['a', 'b', 'c'])
        await createChannel({ name, ...options }).finished().catch((error) => console.log(error.code));
      console.log(process.listenerCount('beforeExit'));
    `),
    { args: [scratch.dest] },
  );
  expect({ lines, stderr, code }).toEqual({
    lines: [...Array<string>(3).fill('INVALID_STATE'), '0'],
    stderr: '',
    code: 0,
  });
});

test('a signal that was aborted before is what ended it, of a channel and of a group', async () => {
  const options = { source: [{ key: 'a', body: 'a' }] };
  const signal = AbortSignal.abort(new Error('too late'));
  const channel = createChannel({ name: 'train', ...options, dest: scratch.dest, signal });
  expect(await rejection(channel.finished())).toMatchObject({ code: 'ABORTED' });
  const controller = new AbortController();
  const group = createChannels({
    channels: { train: options },
    dest: scratch.dest,
    signal: controller.signal,
  });
  const finished = rejection(group.finished());
  controller.abort(new Error('enough'));
  expect(await finished).toMatchObject({ code: 'ABORTED', channel: 'train' });
});

test('uncaught, it ends the process with the message', async () => {
  const { code, stderr } = await runProgram(
    program(`await createChannel({ name: 'train', ...options }).finished();`),
    {
      args: [scratch.dest],
    },
  );
  expect(stderr).toContain('call start() first');
  expect(code).toBe(1);
});

test('while the event loop goes on, there is a warning after a second, and it can still be started', async () => {
  const { code, lines, stderr } = await runProgram(
    program(`
      const channel = createChannel({ name: 'train', ...options });
      const done = channel.finished();
      await new Promise((resolve) => setTimeout(resolve, 1300));
      await channel.start();
      await channel.stop();
      await done;
      console.log('done');
    `),
    { args: [scratch.dest] },
  );
  expect(lines).toEqual(['done']);
  expect(stderr).toContain(
    'Channel "train" has not been started, and finished() waits for its end: call start() first.',
  );
  expect(code).toBe(0);
});

test('finished() before start() says nothing, and leaves nothing behind', async () => {
  const channel = createChannel({ name: 'train', source: [{ key: 'a', body: 'a' }], dest: scratch.dest });
  const done = channel.finished();
  await channel.start();
  await channel.stop();
  await done;
});

test('also when it is stopped instead', async () => {
  const channel = createChannel({ name: 'train', source: [{ key: 'a', body: 'a' }], dest: scratch.dest });
  const done = channel.finished();
  await channel.stop();
  await done;
});
