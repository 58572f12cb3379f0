import {
  constants,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { describe, expect, test } from 'vitest';

import { type Addressing, DirectoryHandle } from '../../src/fs/directory-handle.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** What a call fails with. */
function failureOf(act: () => unknown): NodeJS.ErrnoException {
  try {
    act();
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error('Expected the call to fail');
}

// On Linux the default is by descriptors. macOS has a way of its own, and falls back to paths as other systems do.
describe.each<Addressing | undefined>([undefined, 'path', 'volume'])('by %s', (addressing) => {
  function open(): DirectoryHandle {
    mkdirSync(scratch.path('dir/sub'), { recursive: true });
    mkdirSync(scratch.path('outside'));
    writeFileSync(scratch.path('outside/file'), 'precious');
    return DirectoryHandle.open(scratch.path('dir'), addressing);
  }

  test('makes, renames and removes what is in it', () => {
    const dir = open();
    dir.makeDirectory('new', 0o755);
    const child = dir.openDirectory('new');
    closeSync(child.openFile('file', CREATE, 0o600));
    child.rename('file', dir, 'moved');
    expect(dir.names().sort()).toEqual(['moved', 'new', 'sub']);
    expect(dir.statsOf('moved')?.isFile()).toBe(true);
    expect(dir.statsOf('nothing')).toBe(undefined);
    child.chmod(0o700);
    expect(statSync(scratch.path('dir/new')).mode & 0o777).toBe(0o700);
    child.close();
    dir.removeDirectory('new');
    dir.unlink('moved');
    expect(readdirSync(scratch.path('dir'))).toEqual(['sub']);
    dir.close();
  });

  test('follows no link', () => {
    const dir = open();
    symlinkSync(scratch.path('outside'), scratch.path('dir/link'));
    symlinkSync(scratch.path('outside/file'), scratch.path('dir/file'));
    symlinkSync(scratch.path('outside/new'), scratch.path('dir/new'));
    expect(['ENOTDIR', 'ELOOP']).toContain(failureOf(() => dir.openDirectory('link')).code);
    expect(failureOf(() => dir.openFile('file', constants.O_WRONLY | constants.O_TRUNC)).code).toBe('ELOOP');
    expect(failureOf(() => dir.openFile('new', CREATE)).code).toBe('EEXIST');
    dir.unlink('file');
    expect(readFileSync(scratch.path('outside/file'), 'utf8')).toBe('precious');
    expect(readdirSync(scratch.path('outside'))).toEqual(['file']);
    dir.close();
  });

  test('does not go where its path leads by now', () => {
    const dir = open();
    const sub = dir.openDirectory('sub');
    renameSync(scratch.path('dir/sub'), scratch.path('dir/moved'));
    symlinkSync(scratch.path('outside'), scratch.path('dir/sub'));
    try {
      closeSync(sub.openFile('new', CREATE, 0o600));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESTALE', path: scratch.path('dir/sub') });
    }
    expect(existsSync(scratch.path('outside/new'))).toBe(false);
    expect(readdirSync(scratch.path('dir/moved'))).toEqual(addressing === undefined ? ['new'] : []);
    sub.close();
    dir.close();
  });

  test('names the real path in errors', () => {
    const dir = open();
    const sub = dir.openDirectory('sub');
    const error = failureOf(() => sub.unlink('nothing'));
    expect(error).toMatchObject({ code: 'ENOENT', path: scratch.path('dir/sub/nothing') });
    expect(error.message).toContain(`'${scratch.path('dir/sub/nothing')}'`);
    expect(failureOf(() => sub.rename('nothing', dir, 'x')).message).not.toContain('/proc');
    sub.close();
    dir.close();
  });
});
