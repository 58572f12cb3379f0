import { closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { createChannel, type Source } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

import { unwritable } from '../../src/directory/directory-errors.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';

const scratch = useScratch();

test('a file that is larger than may be written is an error that says so', async () => {
  const { lines } = await runProgram(
    `import { createChannel } from 'sagemaker-pipe-mode';
     process.on('SIGXFSZ', () => undefined);
     const source = [{ key: 'large', body: new Uint8Array(2_000_000) }];
     const channel = createChannel({ name: 'train', source, dest: process.argv[1], inputMode: 'File' });
     await channel.start().catch(({ code, message }) => console.log(code, message));
     await channel.stop();`,
    { args: [scratch.dest], setup: 'ulimit -f 1024' },
  );
  expect(lines.join('\n')).toMatch(/^DEST_NOT_WRITABLE .*EFBIG.*ulimit -f/);
  expect(readdirSync(scratch.dest)).toEqual([]);
});

test('a process that can open no more files is told so, and can go on later', async () => {
  const { lines, stderr } = await runProgram(
    `import { closeSync, openSync, readdirSync } from 'node:fs';
     import { createChannel } from 'sagemaker-pipe-mode';
     const opened = [];
     const source = {
       async *objects() {
         yield { key: 'a', open: async function* () { yield Buffer.from('x'); } };
         await new Promise((resolve) => setTimeout(resolve, 100)); // threads and what they load are open by then
         try { for (;;) opened.push(openSync('/dev/null')); } catch {}
         yield { key: 'b/c', open: async function* () { yield Buffer.from('y'); } };
       },
     };
     const options = { name: 'train', dest: process.argv[1], inputMode: 'File' };
     const channel = createChannel({ ...options, source });
     await channel.start().catch(({ code, message }) => console.log(code, message));
     for (const fd of opened) closeSync(fd);
     await channel.stop();
     console.log(JSON.stringify(readdirSync(process.argv[1])));`,
    { args: [scratch.dest], setup: 'ulimit -n 128' },
  );
  expect(stderr).toBe('');
  expect(lines[0]).toMatch(/^TOO_MANY_OPEN_FILES .*EMFILE.*ulimit -n/);
  expect(lines[1]).toBe('[]');
});

test('a file system that is full, and a quota that is used up, are named in the error', () => {
  for (const [code, word] of [
    ['ENOSPC', 'df -h'],
    ['EDQUOT', 'quota'],
    ['EROFS', 'read-only'],
  ]) {
    const error = unwritable('/dest/file', Object.assign(new Error('failed'), { code }));
    expect(error).toMatchObject({ code: 'DEST_NOT_WRITABLE', path: '/dest/file' });
    expect(error.message).toContain(code);
    expect(error.message).toContain(word);
  }
});

test('folders are as many and as deep as keys want, whatever may be open at once', async () => {
  const keys = Array.from({ length: 60 }, (_, i) => `${i % 3}/${'d/'.repeat(i)}${i}`);
  const channel = createChannel({
    name: 'train',
    source: keys.map((key) => ({ key, body: key })),
    dest: scratch.dest,
    inputMode: 'FastFile',
  });
  await channel.start();
  const files = readdirSync(join(scratch.dest, 'train'), { recursive: true, encoding: 'utf8' });
  expect(keys.filter((key) => !files.includes(key))).toEqual([]);
  await channel.stop();
  expect(readdirSync(scratch.dest)).toEqual([]);
});

test('names that no directory can have are refused', async () => {
  for (const name of ['.', '..']) {
    mkdirSync(scratch.dest, { recursive: true });
    const source: Source = { objects: () => [] };
    const channel = createChannel({ name, source, dest: scratch.dest, inputMode: 'File' });
    expect((await rejection(channel.start())).code).toBe('INVALID_CHANNEL_NAME');
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
  }
  expect(existsSync(scratch.dest)).toBe(true);
  closeSync(openSync(scratch.dest, 'r'));
});
