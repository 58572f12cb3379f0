import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';

import { expect, test, vi } from 'vitest';

import { FileCloner } from '../../src/directory/file-cloner.js';
import { DirectoryHandle } from '../../src/fs/directory-handle.js';
import { listedAs } from '../../src/fs/file-errors.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

test.each([
  ['root', 0],
  ['another user', 1000],
])('the status of a file stays what it was listed as, run by %s', (_user, uid) => {
  scratch.files({ 'from/file': 'bytes', 'to/other': '' });
  const path = scratch.path('from/file');
  chmodSync(path, 0o444);
  const before = statSync(path);
  const folder = DirectoryHandle.open(scratch.path('to'));
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(uid);
  try {
    const options = { mode: 0o444, readOnly: true };
    const range = { path, offset: 0, length: before.size, ...listedAs(before) };
    const isCloned = new FileCloner(options).tryClone(range, folder, 'file');
    expect(existsSync(scratch.path('to/file'))).toBe(isCloned);
    if (isCloned) expect(readFileSync(scratch.path('to/file'), 'utf8')).toBe('bytes');
  } finally {
    getuid.mockRestore();
    folder.close();
  }
  expect(listedAs(statSync(path))).toEqual(listedAs(before));
});
