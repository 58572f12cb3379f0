import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { expect, test } from 'vitest';

import { takeOver } from '../../../src/runner/container/take-over.js';
import { asNobody, NOBODY } from '../../support/as-nobody.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();

test('nothing is moved out of what a link leads to', async () => {
  scratch.files({ 'foreign/file': 'mine', 'to/old': 'old' });
  chmodSync(scratch.path('foreign'), 0o750);
  symlinkSync(scratch.path('foreign'), scratch.path('from'));
  await expect(takeOver(scratch.path('from'), scratch.path('to'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  expect(lstatSync(scratch.path('foreign')).mode & 0o777).toBe(0o750);
  expect(readFileSync(scratch.path('foreign/file'), 'utf8')).toBe('mine');
  expect(readFileSync(scratch.path('to/old'), 'utf8')).toBe('old');
});

test('a directory of many names, and everybody else has his turn meanwhile', async () => {
  for (const name of ['from', 'to']) {
    mkdirSync(scratch.path(name));
    for (let link = 0; link < 10_000; link++) symlinkSync('target', scratch.path(name, String(link)));
  }
  let last = performance.now();
  let longest = 0;
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 1);
  const began = last;
  await takeOver(scratch.path('from'), scratch.path('to'));
  const all = performance.now() - began;
  look();
  clearInterval(timer);
  expect(longest).toBeLessThan(all / 4);
});

test.runIf(process.getuid?.() === 0)(
  'an ordinary user removes what is protected from him, whatever it is called',
  async () => {
    scratch.files({
      'from/new/file': 'new',
      'to/old/file': 'old',
      'to/file/is': 'a directory',
      'from/file': 'x',
    });
    const odd = Buffer.concat([Buffer.from(`${scratch.path('to')}/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from('/file')]), 'old');
    const old = [scratch.path('to/old'), scratch.path('to/file'), odd];
    for (const directory of [
      'from',
      'from/new',
      'from/new/file',
      'from/file',
      'to',
      'to/old/file',
      'to/file/is',
    ])
      chownSync(scratch.path(directory), NOBODY, NOBODY);
    for (const directory of old) {
      chownSync(directory, NOBODY, NOBODY);
      chmodSync(directory, 0o555);
    }
    await asNobody(() => takeOver(scratch.path('from'), scratch.path('to')));
    expect(readdirSync(scratch.path('to'), { encoding: 'latin1' }).sort()).toEqual(['file', 'new']);
    expect(readFileSync(scratch.path('to/file'), 'utf8')).toBe('x');
  },
);
