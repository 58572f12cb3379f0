import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ListedDirectories } from '../../../src/source/file/listed-directories.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();

const namesOf = (entries: readonly { name: string }[]) => entries.map(({ name }) => name);

/** One to which everything has been as it is for long enough: tests cannot change a `ctime`. */
const settled = (mostNames?: number) =>
  new ListedDirectories({ settledNow: () => Infinity, ...(mostNames !== undefined && { mostNames }) });

/** Whatever happens to it next, shows: the clock of some file systems ticks slowly. */
function aged(directory: string): string {
  utimesSync(directory, 1, 1);
  return directory;
}

describe('a directory that was listed before', () => {
  test('is not listed again if nothing has changed', () => {
    const directory = scratch.files({ b: 'b', a: 'a', 'c/d': 'd' });
    const listed = settled();
    const before = listed.list(directory);
    expect(namesOf(before)).toEqual(['a', 'b', 'c']);
    expect(listed.list(directory)).toBe(before);
  });

  test.each<[string, () => void, string[]]>([
    ['a new name', () => scratch.files({ ab: '' }), ['a', 'ab', 'b']],
    ['a name that is gone', () => unlinkSync(scratch.path('a')), ['b']],
    ['another name', () => renameSync(scratch.path('a'), scratch.path('c')), ['b', 'c']],
    ['a name that is moved away and back', () => moveAndBack('a'), ['a', 'b']],
  ])('is listed again for %s', (_, change, expected) => {
    const directory = aged(scratch.files({ a: 'a', b: 'b' }));
    const listed = settled();
    const before = listed.list(directory);
    change();
    expect(namesOf(listed.list(directory))).toEqual(expected);
    expect(listed.list(directory)).not.toBe(before);
  });

  test('is listed again if a file has become a directory', () => {
    const directory = aged(scratch.files({ a: 'a' }));
    const listed = settled();
    expect(listed.list(directory)).toMatchObject([{ name: 'a', isFile: true }]);
    unlinkSync(scratch.path('a'));
    mkdirSync(scratch.path('a'));
    expect(listed.list(directory)).toMatchObject([{ name: 'a', isFile: false, isDirectory: true }]);
  });

  test('is listed again if it is another one', () => {
    scratch.files({ 'one/a': 'a', 'other/b': 'b' });
    const listed = settled();
    const one = scratch.path('one');
    expect(namesOf(listed.list(one))).toEqual(['a']);
    renameSync(one, scratch.path('gone'));
    renameSync(scratch.path('other'), one);
    expect(namesOf(listed.list(one))).toEqual(['b']);
  });

  test('is listed again if it has changed so lately that a further change might not show', () => {
    const directory = scratch.files({ a: 'a' });
    const listed = new ListedDirectories();
    expect(listed.list(directory)).not.toBe(listed.list(directory));
  });

  test('is listed again if there are symbolic links in it: what they lead to may change by itself', () => {
    const directory = scratch.files({ 'd/a': 'a', b: 'b' });
    symlinkSync('d', join(directory, 'link'));
    const listed = settled();
    const before = listed.list(directory);
    expect(before.find(({ name }) => name === 'link')?.isLinkTo?.isDirectory()).toBe(true);
    expect(listed.list(directory)).not.toBe(before);
  });

  test('is not there any more: says so, as the first time', () => {
    const directory = scratch.path('empty');
    mkdirSync(directory);
    const listed = settled();
    expect(listed.list(directory)).toEqual([]);
    rmdirSync(directory);
    expect(() => listed.list(directory)).toThrow(expect.objectContaining({ code: 'SOURCE_NOT_FOUND' }));
  });
});

test('no more names are kept than allowed, and those of the last directories', () => {
  scratch.files({
    'a/1': '',
    'a/2': '',
    'b/1': '',
    'b/2': '',
    'c/1': '',
    'c/2': '',
    'c/3': '',
    'c/4': '',
    'c/5': '',
  });
  const listed = settled(4);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => scratch.path(name)) as [string, string, string];
  const ofA = listed.list(a);
  const ofB = listed.list(b);
  expect([listed.list(a), listed.list(b)]).toEqual([ofA, ofB]);
  expect(listed.list(a)).toBe(ofA);
  expect(listed.list(c)).not.toBe(listed.list(c));
  expect(listed.list(b)).toBe(ofB);
  scratch.files({ 'd/1': '' });
  listed.list(scratch.path('d'));
  expect(listed.list(a)).not.toBe(ofA);
  expect(listed.list(scratch.path('d'))).toBe(listed.list(scratch.path('d')));
});

function moveAndBack(name: string): void {
  renameSync(scratch.path(name), scratch.path('elsewhere'));
  renameSync(scratch.path('elsewhere'), scratch.path(name));
}
