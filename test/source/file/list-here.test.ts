import { mkdirSync, symlinkSync } from 'node:fs';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { fileSource } from '../../../src/source/file/file.js';
import { isListedHere } from '../../../src/source/file/list-here.js';
import * as clock from '../../../src/fs/local-clock.js';
import { Thread } from '../../../src/workers/thread.js';
import { useScratch } from '../../support/scratch.js';
import { keysOf } from '../source-helpers.js';

const scratch = useScratch();

afterEach(() => vi.restoreAllMocks());

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, '']));

describe('few files are listed without a thread', () => {
  test.each([
    ['a file', () => `${scratch.files({ a: 'a' })}/a`, ['a']],
    ['a directory', () => scratch.files({ b: 'b', a: 'a', B: '' }), ['B', 'a', 'b']],
    ['an empty directory', () => scratch.dir, []],
    ['two thousand files', () => scratch.files(numbered(2000)), Object.keys(numbered(2000)).sort()],
  ])('%s', async (_what, make, keys) => {
    const root = make();
    expect(isListedHere(root)).toBe(true);
    const open = vi.spyOn(Thread.prototype, 'open');
    expect(await keysOf(fileSource(root))).toEqual(keys);
    expect(open).not.toHaveBeenCalled();
  });
});

describe('a thread lists', () => {
  test.each([
    ['more', () => scratch.files(numbered(2001))],
    ['a tree, which may have more', () => scratch.files({ 'a/b': '' })],
    ['links, which may lead anywhere', () => (symlinkSync('/dev/null', scratch.path('link')), scratch.dir)],
  ])('%s', (_what, make) => {
    expect(isListedHere(make())).toBe(false);
  });

  test('what may not answer, as a disk of another machine', async () => {
    const root = scratch.files({ a: '' });
    vi.spyOn(clock, 'hasLocalClock').mockReturnValue(false);
    expect(isListedHere(root)).toBe(false);
  });

  test('what is not there, and says so', async () => {
    const root = scratch.path('nothing');
    expect(isListedHere(root)).toBe(false);
    await expect(keysOf(fileSource(root))).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', path: root });
  });
});

test('what comes into a directory meanwhile is listed all the same', async () => {
  const root = scratch.files({ a: 'a' });
  const source = fileSource(root);
  expect(await keysOf(source)).toEqual(['a']);
  mkdirSync(scratch.path('dir'));
  scratch.files({ 'dir/b': '' });
  expect(await keysOf(source)).toEqual(['a', 'dir/b']);
});

test('a listing that nobody wants any more ends', async () => {
  const source = fileSource(scratch.files(numbered(1500)));
  const ended = new AbortController();
  const pages = source.pages!({ epoch: 0, signal: ended.signal })[Symbol.asyncIterator]();
  expect((await pages.next()).value).toHaveLength(512);
  ended.abort(new Error('enough'));
  await expect(pages.next()).rejects.toThrow('enough');
});
