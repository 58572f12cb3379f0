import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { useFileChannel } from '../support/file-channel.js';
import { Program, runProgram } from '../support/program.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';

const scratch = useScratch();
const { fileChannel, root } = useFileChannel(scratch, () => ({ source: [{ key: 'a', body: 'new' }] }));

/** Runs a channel in a process that is killed when the channel is complete. */
async function crash(options: object = {}, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const all = { name: 'train', source: scratch.dir, dest: scratch.dest, inputMode: 'File', ...options };
  const program = new Program(
    `import { createChannel } from 'sagemaker-pipe-mode';
     setInterval(() => undefined, 1000);
     await createChannel(JSON.parse(process.argv[1])).start();
     console.log('complete');`,
    { args: [JSON.stringify(all)], env },
  );
  await program.said('complete');
  await program.kill();
}

/** What this user's processes have noted about complete directories in dest. */
function notes(): string[] {
  const directory = join(tmpdir(), `sagemaker-pipe-mode-${process.geteuid!()}`);
  const { dev, ino } = statSync(scratch.dest);
  return existsSync(directory)
    ? readdirSync(directory).filter((name) => name.startsWith(`${dev}-${ino}-`))
    : [];
}

describe('a complete directory whose process is gone', () => {
  test.each(['File', 'FastFile'])('is replaced by the next channel: %s', async (inputMode) => {
    scratch.files({ 'b/c': 'old' });
    await crash({ inputMode });
    expect(readdirSync(scratch.dest)).toEqual(['train']);
    const channel = fileChannel();
    await channel.start();
    expect(readdirSync(scratch.dest)).toEqual(['train']);
    expect(readdirSync(root())).toEqual(['a']);
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
    expect(notes()).toEqual([]);
  });

  test('is forgotten by the next channel anywhere, if somebody has removed it', async () => {
    const temporary = scratch.path('../temporary');
    const elsewhere = scratch.path('../elsewhere');
    const directory = join(temporary, `sagemaker-pipe-mode-${process.geteuid!()}`);
    mkdirSync(temporary);
    scratch.files({ 'b/c': 'old' });
    await crash({ name: 'gone', dest: scratch.dest }, { TMPDIR: temporary });
    await crash({ name: 'replaced', dest: scratch.dest }, { TMPDIR: temporary });
    await crash({ name: 'young', dest: scratch.dest }, { TMPDIR: temporary });
    await crash({ name: 'there', dest: elsewhere }, { TMPDIR: temporary });
    for (const name of readdirSync(directory)) {
      if (!name.endsWith('-young')) utimesSync(join(directory, name), 1e9, 1e9);
    }
    renameSync(scratch.dest, scratch.path('../renamed'));
    mkdirSync(join(scratch.dest, 'replaced'), { recursive: true });
    await crash({ name: 'next', dest: elsewhere }, { TMPDIR: temporary });
    const left = readdirSync(directory).map((name) => name.split('-')[2]);
    expect(left.sort()).toEqual(['next', 'there', 'young']);
    rmSync(scratch.path('../renamed'), { recursive: true });
  });

  test('is kept if it is not the one that was made', async () => {
    scratch.files({ 'b/c': 'old' });
    await crash();
    rmSync(root(), { recursive: true });
    mkdirSync(root());
    writeFileSync(join(root(), 'mine'), 'x');
    const channel = fileChannel();
    expect(await rejection(channel.start())).toMatchObject({ code: 'DEST_OCCUPIED', path: root() });
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual(['train']);
    expect(readFileSync(join(root(), 'mine'), 'utf8')).toBe('x');
    rmSync(root(), { recursive: true });
    await using next = fileChannel();
    await next.start(); // and takes the note away
  });

  test('is kept if nobody knows of it, because temporary files are elsewhere', async () => {
    scratch.files({ 'b/c': 'old' });
    mkdirSync(scratch.path('../temporary'));
    await crash({}, { TMPDIR: scratch.path('../temporary') });
    const channel = fileChannel();
    expect(await rejection(channel.start())).toMatchObject({ code: 'DEST_OCCUPIED', path: root() });
    await channel.stop();
    expect(readFileSync(join(root(), 'b/c'), 'utf8')).toBe('old');
  });

  test.each<[string, (temporary: string, precious: string) => void]>([
    ['is a link', (temporary, precious) => symlinkSync(precious, temporary)],
    [
      'is another user’s',
      (temporary) => {
        mkdirSync(temporary);
        chownSync(temporary, 65534, 65534);
      },
    ],
    [
      'may be written to by others',
      (temporary) => {
        mkdirSync(temporary);
        chmodSync(temporary, 0o777);
      },
    ],
  ])('does not need to be noted, if the place for that %s', async (_what, plant) => {
    scratch.files({ 'b/c': 'old' });
    const temporary = scratch.path('../temporary');
    const precious = scratch.path('../precious');
    mkdirSync(temporary);
    mkdirSync(precious);
    plant(join(temporary, `sagemaker-pipe-mode-${process.geteuid!()}`), precious);
    await crash({}, { TMPDIR: temporary });
    expect(readdirSync(root())).toEqual(['b']);
    expect(readdirSync(precious)).toEqual([]);
  });

  test('gives what it has of S3 to the next channel', async () => {
    await using server = await startS3Server();
    server.createBucket('bucket');
    for (const key of ['a', 'b', 'c/d']) server.put('bucket', `p/${key}`, `content of ${key}`);
    const s3 = { source: 's3://bucket/p/', s3: server.clientConfig };
    await crash({ ...s3, inputMode: 'FastFile' });
    expect(readdirSync(scratch.dest)).toEqual(['train']);
    server.put('bucket', 'p/b', 'changed');
    const before = server.seen.length;
    const { stderr } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       await createChannel(JSON.parse(process.argv[1])).start();`,
      {
        args: [JSON.stringify({ name: 'train', dest: scratch.dest, inputMode: 'File', ...s3 })],
        heedsPermissions: true,
      },
    );
    expect(stderr).not.toContain('PipeModeError');
    const fetched = server.seen.slice(before).filter(({ operation }) => operation === 'GetObject');
    expect(fetched.map(({ key }) => key)).toEqual(['p/b']);
    expect(readFileSync(join(root(), 'a'), 'utf8')).toBe('content of a');
    expect(readFileSync(join(root(), 'b'), 'utf8')).toBe('changed');
    expect(readFileSync(join(root(), 'c/d'), 'utf8')).toBe('content of c/d');
    expect(lstatSync(join(root(), 'a')).mode & 0o777).toBe(0o644);
    await using next = fileChannel();
    await next.start(); // and takes the note away when it is stopped
  });
});

describe('a work directory whose process is gone', () => {
  test('is replaced by the next channel', async () => {
    const program = new Program(
      `import { createChannel } from 'sagemaker-pipe-mode';
       async function* forever() { yield Buffer.from('x'); console.log('writing'); await new Promise(() => undefined); }
       const source = [{ key: 'a', body: forever }];
       setInterval(() => undefined, 1000);
       await createChannel({ name: 'train', source, dest: process.argv[1], inputMode: 'File' }).start();`,
      { args: [scratch.dest] },
    );
    await program.said('writing');
    await program.kill();
    expect(readdirSync(scratch.dest)).toEqual(['.train.sagemaker-pipe-mode']);
    const channel = fileChannel();
    await channel.start();
    expect(readdirSync(scratch.dest)).toEqual(['train']);
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
  });
});

test('a directory that was moved away is not removed, and the next channel has its name', async () => {
  const channel = fileChannel();
  await channel.start();
  renameSync(root(), join(scratch.dest, 'mine'));
  await channel.stop();
  expect(readFileSync(join(scratch.dest, 'mine/a'), 'utf8')).toBe('new');
});
