import { symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { fileSource } from '../../../src/source/file/file.js';
import * as clock from '../../../src/fs/local-clock.js';
import { Thread } from '../../../src/workers/thread.js';
import { useScratch } from '../../support/scratch.js';
import { keysOf } from '../source-helpers.js';

const scratch = useScratch();

afterEach(() => vi.restoreAllMocks());

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, '']));

/** As `start()` and an epoch do, and how many tasks were given to threads for it. */
async function list(root: string) {
  const source = fileSource(root);
  const open = vi.spyOn(Thread.prototype, 'open');
  await source.check!({ epoch: 0, signal: new AbortController().signal });
  const keys = await keysOf(source);
  return { keys, tasks: open.mock.calls.length };
}

describe.runIf(clock.hasLocalClock(tmpdir()))('few files are listed without a thread', () => {
  test.each([
    ['a file', () => `${scratch.files({ a: 'a' })}/a`, ['a']],
    ['a directory', () => scratch.files({ b: 'b', a: 'a', B: '' }), ['B', 'a', 'b']],
    ['256 files', () => scratch.files(numbered(256)), Object.keys(numbered(256)).sort()],
  ])('%s', async (_what, make, keys) => {
    expect(await list(make())).toEqual({ keys, tasks: 0 });
  });

  test('what comes into the directory meanwhile is listed all the same', async () => {
    const source = fileSource(scratch.files({ a: 'a' }));
    expect(source.listsHere!()).toBe(true);
    expect(await keysOf(source)).toEqual(['a']);
    scratch.files({ 'dir/b': '' });
    expect(await keysOf(source)).toEqual(['a', 'dir/b']);
  });

  test('a listing that nobody wants any more ends', async () => {
    const source = fileSource(scratch.files({ a: 'a' }));
    expect(source.listsHere!()).toBe(true);
    const signal = AbortSignal.abort(new Error('enough'));
    const pages = source.pages!({ epoch: 0, signal })[Symbol.asyncIterator]();
    await expect(pages.next()).rejects.toThrow('enough');
  });
});

describe('a thread lists', () => {
  test.each([
    ['more', () => scratch.files(numbered(257)), 257],
    ['a tree, which may have more', () => scratch.files({ 'a/b': '' }), 1],
    [
      'links, which may lead anywhere',
      () => (symlinkSync('a', `${scratch.files({ a: '' })}/b`), scratch.dir),
      2,
    ],
  ])('%s', async (_what, make, count) => {
    const { keys, tasks } = await list(make());
    expect({ count: keys.length, tasks }).toEqual({ count, tasks: 1 });
  });

  test('what may not answer, as a disk of another machine, and asks it for nothing after start()', async () => {
    const asked = vi.spyOn(clock, 'hasLocalClock').mockReturnValue(false);
    expect(await list(scratch.files({ a: '' }))).toEqual({ keys: ['a'], tasks: 1 });
    expect(asked).toHaveBeenCalledOnce();
  });

  test('what was not looked at before', async () => {
    const asked = vi.spyOn(clock, 'hasLocalClock');
    expect(await keysOf(fileSource(scratch.files({ a: '' })))).toEqual(['a']);
    expect(asked).not.toHaveBeenCalled();
  });

  test('what is not there, and says so', async () => {
    const source = fileSource(scratch.path('nothing'));
    expect(source.listsHere!()).toBe(false);
    await expect(keysOf(source)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });
});
