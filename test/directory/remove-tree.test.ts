import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { removeTree } from '../../src/directory/remove-tree.js';
import { DirectoryHandle } from '../../src/fs/directory-handle.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

function remove(name: string): void {
  const parent = DirectoryHandle.open(scratch.dir);
  const directory = parent.openDirectory(name);
  try {
    removeTree(parent, name, directory);
  } finally {
    directory.close();
    parent.close();
  }
}

test('removes a directory that is deeper than directories may be open, and than a path may be long', () => {
  mkdirSync(scratch.path('tree'));
  const script =
    'cd "$1"; i=0; while [ $i -lt 300 ]; do mkdir a-name-of-20-letters; cd -P a-name-of-20-letters; i=$((i+1)); done; echo x > file';
  execFileSync('/bin/sh', ['-c', script, 'sh', scratch.path('tree')], { stdio: 'ignore' });
  remove('tree');
  expect(readdirSync(scratch.dir)).toEqual([]);
});

test('removes names that are no UTF-8', () => {
  mkdirSync(scratch.path('tree'));
  const odd = Buffer.concat([Buffer.from(`${scratch.path('tree')}/`), Buffer.from([0x61, 0xff])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from([0x2f, 0xfe])]), 'x');
  remove('tree');
  expect(readdirSync(scratch.dir)).toEqual([]);
});

test('removes links, and neither removes nor changes what they lead to', () => {
  mkdirSync(scratch.path('outside'));
  chmodSync(scratch.path('outside'), 0o500);
  mkdirSync(scratch.path('tree/a'), { recursive: true });
  symlinkSync(scratch.path('outside'), scratch.path('tree/a/link'));
  remove('tree');
  expect(readdirSync(scratch.dir)).toEqual(['outside']);
  expect(statSync(scratch.path('outside')).mode & 0o777).toBe(0o500);
});

test('removes what is write-protected, also for a user whom that stops', async () => {
  const { lines, stderr } = await runProgram(
    `import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
     import { createChannel } from 'sagemaker-pipe-mode';
     const dest = process.argv[1];
     const source = [{ key: 'a/b/c', body: 'x' }, { key: 'd', body: 'y' }];
     const channel = createChannel({ name: 'train', source, dest, inputMode: 'FastFile' });
     await channel.start();
     chmodSync(dest + '/train', 0o755);
     mkdirSync(dest + '/train/locked');
     writeFileSync(dest + '/train/locked/file', 'x');
     chmodSync(dest + '/train/locked', 0);
     await channel.stop();
     console.log(JSON.stringify(readdirSync(dest)));`,
    { args: [scratch.dest], heedsPermissions: true },
  );
  expect({ lines, stderr }).toEqual({ lines: ['[]'], stderr: '' });
});

test('leaves what has taken its name in the meantime', () => {
  mkdirSync(scratch.path('tree/a'), { recursive: true });
  const parent = DirectoryHandle.open(scratch.dir);
  const directory = parent.openDirectory('tree');
  parent.rename('tree', parent, 'moved');
  mkdirSync(join(scratch.dir, 'tree'));
  removeTree(parent, 'tree', directory);
  expect(readdirSync(scratch.dir).sort()).toEqual(['moved', 'tree']);
  directory.close();
  parent.close();
});
