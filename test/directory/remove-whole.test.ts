import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { expect, test } from 'vitest';

import { removeWhole } from '../../src/directory/remove-whole.js';
import { asNobody, NOBODY } from '../support/as-nobody.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

test('a directory of many files is removed, and everybody else has his turn meanwhile', async () => {
  mkdirSync(scratch.path('many/below'), { recursive: true });
  for (let file = 0; file < 30_000; file++) writeFileSync(scratch.path(`many/below/${file}`), '');
  let last = performance.now();
  let longest = 0;
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 1);
  const began = last;
  await removeWhole(scratch.path('many'));
  const all = performance.now() - began;
  look();
  clearInterval(timer);
  expect(existsSync(scratch.path('many'))).toBe(false);
  expect(longest).toBeLessThan(all / 4);
});

test('links are removed, and what they lead to stays', async () => {
  scratch.files({ 'kept/file': 'kept', 'tree/deep/file': 'x' });
  symlinkSync(scratch.path('kept'), scratch.path('tree/link'));
  symlinkSync(scratch.path('kept'), scratch.path('link'));
  await removeWhole(scratch.path('tree'));
  await removeWhole(scratch.path('link'));
  await removeWhole(scratch.path('nowhere'));
  expect(existsSync(scratch.path('tree')) || existsSync(scratch.path('link'))).toBe(false);
  expect(readFileSync(scratch.path('kept/file'), 'utf8')).toBe('kept');
});

test.runIf(process.getuid?.() === 0)(
  'an ordinary user removes what is protected from him, also where names are no UTF-8',
  async () => {
    scratch.files({ 'own/protected/file': 'x' });
    const odd = Buffer.concat([Buffer.from(`${scratch.path('own')}/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from([0x2f, 0xfd])]), '');
    for (const path of [
      scratch.path('own'),
      scratch.path('own/protected'),
      scratch.path('own/protected/file'),
      odd,
    ])
      chownSync(path, NOBODY, NOBODY);
    for (const path of [scratch.path('own/protected'), odd]) chmodSync(path, 0o555);
    await asNobody(async () => {
      await removeWhole(odd);
      expect(readdirSync(scratch.path('own'))).toEqual(['protected']);
      await removeWhole(scratch.path('own/protected'));
    });
    expect(readdirSync(scratch.path('own'))).toEqual([]);
  },
);
