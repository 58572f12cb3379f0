import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { createChannel, PipeModeError } from 'sagemaker-pipe-mode';
import { beforeEach, describe, expect, test } from 'vitest';

import { useFileChannel } from '../support/file-channel.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';

const scratch = useScratch();

/** Somebody who is neither root nor the user that runs the tests. */
const NOBODY = 65534;

const { fileChannel, root, work } = useFileChannel(scratch, () => ({
  source: ['sub/a', 'sub/b', 'c'].map((key) => ({ key, body: key })),
}));
/** What must not change, whatever happens in dest: with the names that a careless channel might write to. */
const precious = () => scratch.path('precious');

beforeEach(() => {
  for (const dir of ['', '1/sub', '2', 'sub']) {
    mkdirSync(join(precious(), dir), { recursive: true });
    for (const name of ['a', 'b', 'c', 'complete', 'journal', 'resume-log', 'partial-0']) {
      writeFileSync(join(precious(), dir, name), `{"sagemaker-pipe-mode":1,"boot":"${name}"}\n`);
    }
  }
  chmodSync(precious(), 0o755);
  mkdirSync(scratch.dest);
});

/** Everything that can be known of a directory and what is in it. */
function describeTree(dir: string): string[] {
  const paths = ['', ...readdirSync(dir, { recursive: true, encoding: 'utf8' })].sort();
  return paths.map((path) => {
    const { mode, uid, mtimeMs, ctimeMs, ino, nlink } = lstatSync(join(dir, path));
    const content = lstatSync(join(dir, path)).isFile() ? readFileSync(join(dir, path), 'utf8') : '';
    return [path, mode.toString(8), uid, mtimeMs, ctimeMs, ino, nlink, content].join(' ');
  });
}

describe('what was planted in the work directory’s place', () => {
  const plants: Record<string, () => void> = {
    'a link': () => symlinkSync(precious(), work()),
    'a directory with a link as what says that it is complete': () => {
      mkdirSync(work());
      writeFileSync(join(work(), 'journal'), '{"sagemaker-pipe-mode":1,"boot":"x"}\n');
      symlinkSync(join(precious(), 'complete'), join(work(), 'complete'));
    },
    'a directory with a link as its log': () => {
      mkdirSync(work());
      for (const name of ['journal', 'resume-log']) symlinkSync(join(precious(), name), join(work(), name));
    },
    'a directory with a link as a log that is not finished': () => {
      mkdirSync(work());
      symlinkSync(join(precious(), 'resume-log'), join(work(), 'resume-log.unfinished'));
    },
    'a directory with a link as an attempt': () => {
      mkdirSync(work());
      writeFileSync(join(work(), 'journal'), '{"sagemaker-pipe-mode":1,"boot":"x"}\n');
      symlinkSync(precious(), join(work(), '1'));
    },
    'a directory with a link as a file that is being written': () => {
      mkdirSync(work());
      writeFileSync(join(work(), 'journal'), '{"sagemaker-pipe-mode":1,"boot":"x"}\n');
      symlinkSync(join(precious(), 'a'), join(work(), 'partial-0'));
    },
  };

  test.each(Object.entries(plants))('is refused, and left as it is: %s', async (_what, plant) => {
    plant();
    const before = describeTree(scratch.path('..'));
    const channel = fileChannel();
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'DEST_OCCUPIED', path: work() });
    await channel.stop();
    expect(describeTree(scratch.path('..'))).toEqual(before);
  });

  test.each([
    ['of another user', () => chownSync(work(), NOBODY, NOBODY), `another user (uid ${NOBODY})`],
    ['that others may write to', () => chmodSync(work(), 0o777), 'others may write to (mode 777)'],
  ])('is not taken over if it is %s', async (_what, change, message) => {
    mkdirSync(join(work(), '1'), { recursive: true });
    writeFileSync(join(work(), 'resume-log'), '');
    change();
    const channel = fileChannel();
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'DEST_OCCUPIED', path: work() });
    expect(error.message).toContain(message);
    await channel.stop();
    expect(readdirSync(work()).sort()).toEqual(['1', 'resume-log']);
  });

  test('is replaced if it is empty, whoever has made it', async () => {
    mkdirSync(work());
    chownSync(work(), NOBODY, NOBODY);
    await using channel = fileChannel();
    await channel.start();
    expect(readdirSync(scratch.dest)).toEqual(['train']);
  });

  test('is not looked into by others while the channel is written', async () => {
    const modes: number[] = [];
    await using channel = fileChannel();
    channel.on('object', () => modes.push(lstatSync(work()).mode & 0o777));
    await channel.start();
    expect(modes).toEqual([0o700, 0o700, 0o700]);
  });
});

describe('what is planted while the channel is written', () => {
  /** Objects, and something that happens before the last of them. */
  async function* objects(plant: () => void) {
    for (const key of ['sub/a', 'sub/b', 'c']) yield { key, open: async function* () {} };
    while (!existsSync(join(work(), '1/sub/b')) || !existsSync(join(work(), '1/c'))) await setImmediate();
    plant();
    for (const key of ['sub/d', 'sub/deep/e', 'f']) yield { key, open: async function* () {} };
  }

  test.each<[string, () => void]>([
    [
      'a link in the place of a folder',
      () => {
        renameSync(join(work(), '1/sub'), join(work(), '1/elsewhere'));
        symlinkSync(precious(), join(work(), '1/sub'));
      },
    ],
    ['a link in the place of a folder that comes', () => symlinkSync(precious(), join(work(), '1/sub/deep'))],
    [
      'a link in the place of a file that comes',
      () => symlinkSync(join(precious(), 'a'), join(work(), '1/f')),
    ],
    [
      'a link in the place of the tree',
      () => {
        renameSync(join(work(), '1'), join(work(), 'elsewhere'));
        symlinkSync(precious(), join(work(), '1'));
      },
    ],
    [
      'a link in the place of the work directory',
      () => {
        renameSync(work(), join(scratch.dest, 'elsewhere'));
        symlinkSync(precious(), work());
      },
    ],
    ['a link in the place of the channel’s directory', () => symlinkSync(precious(), root())],
    [
      'links in the place of everything that a careless channel might write to',
      () => {
        for (const name of ['complete', 'partial-3', 'partial-4', 'partial-5'])
          symlinkSync(join(precious(), 'a'), join(work(), name));
      },
    ],
  ])('leads nowhere: %s', async (_what, plant) => {
    const before = describeTree(precious());
    const channel = fileChannel({ source: { objects: () => objects(plant) } });
    const error: unknown = await channel.start().catch((error: unknown) => error);
    if (error !== undefined) expect(error).toBeInstanceOf(PipeModeError);
    await channel.stop().catch((error: unknown) => expect(error).toBeInstanceOf(PipeModeError));
    expect(describeTree(precious())).toEqual(before);
  });

  test('says that somebody has put it there, and not that keys collide', async () => {
    const plant = () => symlinkSync(precious(), join(work(), '1/sub/deep'));
    await using channel = fileChannel({ source: { objects: () => objects(plant) } });
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'DEST_NOT_WRITABLE', path: join(root(), 'sub/deep') });
    expect(error.message).toContain('a symbolic link');
  });
});

describe('what an algorithm has put into the directory', () => {
  test.each(['File', 'FastFile'] as const)(
    'is removed, and what it leads to is not: %s',
    async (inputMode) => {
      const before = describeTree(precious());
      const channel = fileChannel({ inputMode });
      await channel.start();
      chmodSync(root(), 0o755);
      renameSync(join(root(), 'sub'), join(root(), 'sub2'));
      symlinkSync(precious(), join(root(), 'sub'));
      symlinkSync(join(precious(), 'a'), join(root(), 'file'));
      await channel.stop();
      expect(readdirSync(scratch.dest)).toEqual([]);
      expect(describeTree(precious())).toEqual(before);
    },
  );
});

describe('a process that swaps directories and links all the time', () => {
  test.each([
    ['as the same user', process.geteuid!()],
    ['as another user, to whom dest belongs', NOBODY],
  ])(
    'does not get anything written outside of dest: %s',
    async (_who, uid) => {
      chownSync(scratch.dest, uid, uid);
      const before = describeTree(precious());
      const hostile = spawn(process.execPath, ['-e', HOSTILE, scratch.dest, precious(), String(uid)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const outcomes: unknown[] = [];
      const waiting = createChannel({ name: 'waiting', source: scratch.dir, dest: scratch.path('waiting') });
      try {
        await once(hostile.stdout, 'data');
        await waiting.start(); // threads run as long as any channel lives: rounds are quick then
        for (let round = 0; round < 40; round++) {
          const channel = fileChannel({ inputMode: round % 2 === 0 ? 'File' : 'FastFile' });
          outcomes.push(await channel.start().catch((error: unknown) => error));
          outcomes.push(await channel.stop().catch((error: unknown) => error));
          await whileStopped(hostile, () => {
            for (const name of readdirSync(scratch.dest))
              rmSync(join(scratch.dest, name), { recursive: true });
          });
        }
      } finally {
        await waiting.stop();
        hostile.kill('SIGKILL');
        await once(hostile, 'close');
      }
      const strange = outcomes.filter((it) => it !== undefined && !(it instanceof PipeModeError));
      expect(strange).toEqual([]);
      expect(describeTree(precious())).toEqual(before);
    },
    120_000,
  );
});

/** Does something while a process does nothing. */
async function whileStopped(process: ChildProcess, act: () => void): Promise<void> {
  process.kill('SIGSTOP');
  while (!readFileSync(`/proc/${process.pid}/stat`, 'utf8').includes(') T ')) await setImmediate();
  act();
  process.kill('SIGCONT');
}

/**
 * Goes through open directories itself, because it must not write through a link of its own. Half of the time it lets
 * the channel have its way, so that it gets far.
 */
const HOSTILE = String.raw`
const fs = require('node:fs');
const [dest, precious, uid] = process.argv.slice(1);
process.setgroups([]);
process.setgid(Number(uid));
process.setuid(Number(uid));
const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const WORK = '.train.sagemaker-pipe-mode';
const PLACES = [
  [[], [WORK, 'train']],
  [[WORK], ['1', '2', 'resume-log', 'resume-log.unfinished', 'complete', 'journal', 'partial-0', 'partial-1']],
  [[WORK, '1'], ['sub', 'c']],
  [[WORK, '1', 'sub'], ['a', 'b']],
  [['train'], ['sub', 'c']],
  [['train', 'sub'], ['a', 'b']],
];
const pick = (list) => list[Math.floor(Math.random() * list.length)];
function inside(names, act) {
  const fds = [fs.openSync(dest, O_DIRECTORY)];
  try {
    for (const name of names) fds.push(fs.openSync('/proc/self/fd/' + fds.at(-1) + '/' + name, O_DIRECTORY | O_NOFOLLOW));
    act((name) => '/proc/self/fd/' + fds.at(-1) + '/' + name);
  } finally {
    for (const fd of fds) fs.closeSync(fd);
  }
}
function attempt(act) {
  try { act(); } catch {}
}
function swap(at, name) {
  const isThere = Math.random() < 0.9;
  if (isThere) attempt(() => fs.renameSync(at(name), at('aside')));
  attempt(() => pick([
    () => fs.symlinkSync(precious, at(name)),
    () => fs.symlinkSync(precious + '/' + pick(['a', 'sub', 'complete', 'resume-log']), at(name)),
    () => fs.mkdirSync(at(name)),
  ])());
  for (let pause = Math.random() * 30000; pause > 0; pause--);
  if (Math.random() < 0.8) {
    attempt(() => fs.unlinkSync(at(name)));
    attempt(() => fs.rmdirSync(at(name)));
    attempt(() => fs.renameSync(at('aside'), at(name)));
  }
}
function cleanUp() {
  attempt(() => inside([], (at) => {
    for (const name of fs.readdirSync(at('.'))) if (fs.lstatSync(at(name)).isSymbolicLink()) fs.unlinkSync(at(name));
  }));
  attempt(() => inside([], (at) => fs.rmSync(at('aside'), { recursive: true })));
}
console.log('ready');
for (;;) {
  const [names, targets] = pick(PLACES);
  attempt(() => inside(names, (at) => swap(at, pick(targets))));
  if (Math.random() < 0.2) cleanUp();
  if (Math.random() < 0.5) for (let pause = Math.random() * 3e6; pause > 0; pause--);
}
`;
