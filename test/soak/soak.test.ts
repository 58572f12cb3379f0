// A soak that cannot fail is worse than none: each of these plants a defect, and it has to be found.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  type Channel,
  type ChannelOptions,
  createChannel,
  createChannels,
  type MemoryObject,
} from 'sagemaker-pipe-mode';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sha256 } from '../support/bytes.js';
import { checkCutReading } from './checks/check-cut-reading.js';
import { drawScenario } from './draw-scenario.js';
import { storedBytes } from './expectation.js';
import { holdersBelow } from './holders.js';
import { Leftovers } from './leftovers.js';
import { ReaderHost } from './readers/reader-host.js';
import type { Reading } from './readers/reading.js';
import { runScenario } from './run-scenario.js';
import { RunnerProcess } from './runner-process.js';
import type { ChannelPlan, ReadPlan, Scenario } from './scenario.js';
import type { Subject, World } from './world.js';

let root = '';
let readers: ReaderHost;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sagemaker-pipe-mode-soak-'));
  readers = await ReaderHost.start(fileURLToPath(new URL('./readers', import.meta.url)));
});
afterEach(async () => {
  await readers.close();
  rmSync(root, { recursive: true, force: true });
});

const read: ReadPlan = {
  reader: 'process',
  dies: false,
  returns: false,
  lateMs: 0,
  pauseMs: 0,
  delayMs: 0,
  chunkBytes: 65_536,
  nonblocking: false,
};

const plan: ChannelPlan = {
  name: 'c0',
  source: 'memory',
  objects: ['a', 'b', 'c'].map((key, index) => ({
    key,
    bytes: 100_000,
    seed: index + 1,
    members: 1,
    chunks: [50_000],
    delayMs: 0,
    isSized: true,
  })),
  gunzip: false,
  own: false,
  recordio: false,
  inputMode: 'Pipe',
  epochs: 2,
  reads: [read, { ...read, reader: 'same' }],
  zeroCopy: true,
  prefetchBytes: 1_048_576,
  readerComesFirst: false,
  watch: 'both',
};

/** The library, whose channels something is done to. */
function subject(
  plant: (channel: Channel, options: ChannelOptions) => void,
  change: (options: ChannelOptions) => ChannelOptions = (options) => options,
): Subject {
  return {
    createChannels,
    createChannel(options) {
      const channel = createChannel(change(options));
      plant(channel, options);
      return channel;
    },
  };
}

/** The library, whose channels get other objects than they should. */
function withObjects(change: (objects: readonly MemoryObject[]) => readonly MemoryObject[]): Subject {
  return subject(
    () => {},
    (options) => ({ ...options, source: change(options.source as readonly MemoryObject[]) }),
  );
}

/** The library, whose channels say something else than they should. */
function withEvents(change: (emit: Emit, event: string, value: never) => void): Subject {
  return subject((channel) => {
    const emitter: NodeJS.EventEmitter = channel;
    const emit = emitter.emit.bind(channel) as Emit;
    emitter.emit = (event: string, value: never) => {
      change(emit, event, value);
      return true;
    };
  });
}

type Emit = (event: string, ...args: unknown[]) => void;

/** The rules that the scenario finds broken. */
async function rulesBroken(planted: Subject, changes: Partial<ChannelPlan> = {}): Promise<string[]> {
  const scenario: Scenario = {
    seed: 0,
    thread: 'main',
    isOnDisk: true,
    isGroup: false,
    channels: [{ ...plan, ...changes }],
  };
  const { problems } = await runScenario(scenario, newWorld(planted));
  return [...new Set(problems.map(({ rule }) => rule))];
}

function newWorld(planted: Subject): World {
  return {
    subject: planted,
    dir: mkdtempSync(join(root, 'data-')),
    dest: join(root, 'dest'),
    prefix: 'none',
    readers,
    s3: { client: {} as World['s3']['client'], put() {}, addFault() {}, settled: async () => {} },
    stopAsked() {},
    describe() {},
  };
}

const library: Subject = { createChannel, createChannels };

test('the library as it is breaks no rule', async () => {
  expect(await rulesBroken(library)).toEqual([]);
});

describe('a planted defect is found', () => {
  const middle = (change: (bytes: Uint8Array) => Uint8Array) =>
    withObjects((objects) =>
      objects.map((it) => (it.key === 'b' ? { ...it, body: change(it.body as Uint8Array) } : it)),
    );

  test('a byte is missing', async () => {
    const planted = middle((bytes) => bytes.subarray(1));
    expect(await rulesBroken(planted)).toEqual(expect.arrayContaining(['events', 'complete', 'bytes']));
  });

  test('a byte is another one', async () => {
    const planted = middle((bytes) => bytes.map((byte, at) => (at === 50_000 ? byte ^ 1 : byte)));
    expect(await rulesBroken(planted)).toEqual(expect.arrayContaining(['complete', 'bytes']));
  });

  test('a byte is another one, for a reader that leaves early', async () => {
    const planted = middle((bytes) => bytes.map((byte, at) => (at === 50_000 ? byte ^ 1 : byte)));
    const reads = [
      { ...read, leaveAfter: 160_000 },
      { ...read, leaveAfter: 200_000, dies: true },
    ];
    expect(await rulesBroken(planted, { reads })).toEqual(['bytes']);
  });

  test('an object is missing', async () => {
    const last = withObjects((objects) => objects.filter(({ key }) => key !== 'c'));
    expect(await rulesBroken(last)).toEqual(['complete']); // what the reader got is a beginning of what it should get
    const first = withObjects((objects) => objects.filter(({ key }) => key !== 'a'));
    expect(await rulesBroken(first)).toEqual(expect.arrayContaining(['events', 'complete', 'bytes']));
  });

  test('two objects come in the wrong order', async () => {
    const planted = withObjects((objects) =>
      objects.map((it, at) => ({ ...it, body: objects[at === 0 ? 1 : at === 1 ? 0 : at]!.body })),
    );
    expect(await rulesBroken(planted)).toContain('bytes');
  });

  test('the reader sees an end in the middle of an epoch', async () => {
    const planted = subject((channel) => channel.once('object', () => void channel.stop()));
    const slow = { ...read, delayMs: 2 };
    const objects = plan.objects.map((it) => ({ ...it, bytes: 3_000_000 }));
    expect(await rulesBroken(planted, { objects, reads: [slow, slow] })).toContain('end');
  });

  test('the reader sees an end after a failure', async () => {
    const planted = subject((channel) => channel.on('error', () => void channel.stop()));
    const fault = { kind: 'throws', object: 1, afterBytes: 60_000 } as const;
    expect(await rulesBroken(library, { source: 'functions', fault })).toEqual([]);
    expect(await rulesBroken(planted, { source: 'functions', fault })).toContain('end');
  });

  test('an early close is called complete', async () => {
    const planted = withEvents((emit, event, value: object) =>
      emit(event, event === 'epochEnd' ? { ...value, outcome: 'complete' } : value),
    );
    const objects = plan.objects.map((it) => ({ ...it, bytes: 3_000_000 }));
    const reads = [{ ...read, leaveAfter: 1000 }, read];
    expect(await rulesBroken(planted, { objects, reads })).toEqual(['complete']);
  });

  test('an epoch that was read to its end is called closed early', async () => {
    const planted = withEvents((emit, event, value: object) =>
      emit(event, event === 'epochEnd' ? { ...value, outcome: 'closedEarly' } : value),
    );
    expect(await rulesBroken(planted)).toContain('outcome');
  });

  test('events come in the wrong order', async () => {
    const kept: unknown[] = [];
    const planted = withEvents((emit, event, value) => {
      if (event === 'object') kept.push(value);
      else emit(event, value);
      if (event === 'epochEnd') for (const each of kept.splice(0)) emit('object', each);
    });
    expect(await rulesBroken(planted)).toContain('events');
  });

  test('an event comes after the last', async () => {
    const planted = subject((channel) =>
      channel.once('stop', () => (channel as NodeJS.EventEmitter).emit('epochEnd', {})),
    );
    expect(await rulesBroken(planted, { epochs: undefined })).toContain('events');
  });

  test('finished() rejects with something else', async () => {
    const planted = subject((channel) => {
      channel.finished = () => Promise.reject(new TypeError('undefined is not a function'));
    });
    expect(await rulesBroken(planted)).toContain('failure');
  });

  test('more is held than prefetchBytes', async () => {
    const planted = subject(
      () => {},
      (options) => ({ ...options, prefetchBytes: 64 * 1_048_576 }),
    );
    const objects = plan.objects.map((it) => ({ ...it, bytes: 4_000_000, chunks: [100_000] }));
    const reads = [{ ...read, pauseMs: 100 }, read];
    expect(await rulesBroken(planted, { source: 'functions', objects, reads })).toEqual(['memory']);
  });

  test('a FIFO is left', async () => {
    const planted = subject((_, { dest }) => {
      mkdirSync(dest, { recursive: true });
      execFileSync('mkfifo', [join(String(dest), 'c0_7')]);
    });
    expect(await rulesBroken(planted)).toEqual(['files']);
  });

  test('a listener of the signal is left', async () => {
    const planted = subject((_, { signal }) => signal!.addEventListener('abort', () => {}));
    expect(await rulesBroken(planted)).toEqual(['leftovers']);
  });

  test('a file of File mode has other bytes', async () => {
    const planted = middle((bytes) => bytes.map((byte, at) => (at === 50_000 ? byte ^ 1 : byte)));
    expect(await rulesBroken(planted, { inputMode: 'File', reads: [] })).toEqual(['file-mode']);
  });

  test.each([true, false])('a descriptor and a FIFO are left, threads kept: %s', async (isWarm) => {
    const leftovers = new Leftovers(join(root, 'anchor'));
    await leftovers.prepare(isWarm);
    expect(await leftovers.found(join(root, 'dest'))).toEqual([]);
    const path = join(root, 'file');
    writeFileSync(path, '');
    const fd = openSync(path, 'r');
    mkdirSync(join(root, 'dest'));
    execFileSync('mkfifo', [join(root, 'dest', 'c0_0')]);
    const found = await leftovers.found(join(root, 'dest'));
    closeSync(fd);
    await leftovers.close();
    expect(found).toEqual([`descriptor ${fd} of ${path}`, `FIFO ${join(root, 'dest', 'c0_0')}`]);
  });

  test.each([true, false])('a channel stays in memory, threads kept: %s', async (isWarm) => {
    const leftovers = new Leftovers(join(root, 'anchor'));
    await leftovers.prepare(isWarm);
    const never = () => createChannel({ name: 'a', source: [{ key: 'a', body: 'a' }], dest: root });
    const kept = [never(), never()];
    expect(await leftovers.channelsHeld()).toBe(2);
    kept.length = 0;
    expect(await leftovers.channelsHeld()).toBe(0);
    await leftovers.close();
  });

  describe('by the reader of a thread that has ended itself', () => {
    const content = plan.objects.map((object) => storedBytes(object, plan));
    const broken = (
      bytes: Uint8Array,
      eof: boolean,
      stopAskedAt?: bigint,
      changes: Partial<ChannelPlan> = {},
    ) => {
      const threadEnd = { how: 'exit', afterMs: 0 } as const;
      const channels = [{ ...plan, ...changes }];
      const scenario: Scenario = {
        seed: 0,
        thread: 'worker',
        threadEnd,
        isOnDisk: true,
        isGroup: false,
        channels,
      };
      const reading: Reading = { epoch: 0, plan: read, isOpen: true, bytes: bytes.length, sha256: sha256(bytes), eof, endedAt: 5n, wasCancelled: false }; // prettier-ignore
      return checkCutReading(scenario, 'c0', reading, stopAskedAt, newWorld(library)).map(({ rule }) => rule);
    };

    test('an end before the end', () => {
      const all = Buffer.concat(content);
      expect(broken(all, true)).toEqual([]);
      expect(broken(all.subarray(0, 150_000), false)).toEqual([]);
      expect(broken(all.subarray(0, 150_000), true)).toEqual(['end']);
      expect(broken(all.subarray(0, 150_000), true, 4n)).toEqual([]);
      expect(broken(all.subarray(0, 150_000), true, 6n)).toEqual(['end']);
    });

    test('an end in spite of a failure', () => {
      const fault = { kind: 'throws', object: 2, afterBytes: 100_000 } as const;
      expect(broken(Buffer.concat(content), true, undefined, { fault })).toEqual(['end']);
    });

    test('other bytes', () => {
      const wrong = Buffer.concat(content).fill(0, 100, 200);
      expect(broken(wrong.subarray(0, 150_000), false)).toEqual(['bytes']);
    });
  });

  test('a process still has a FIFO open', () => {
    const path = join(root, 'fifo');
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, constants.O_RDWR);
    rmSync(path);
    const found = holdersBelow(root);
    closeSync(fd);
    expect(found).toEqual([`process ${process.pid} has ${path} (deleted) open`]);
    expect(holdersBelow(root)).toEqual([]);
  });

  test('an object is reported that its checksum must have failed', async () => {
    const sane = plan.objects.map((object) => ({
      key: object.key,
      body: storedBytes(object, { gunzip: true }),
    }));
    const planted = withObjects(() => sane);
    const fault = { kind: 'corruptGzip', object: 1, how: 'flip' } as const;
    expect(await rulesBroken(library, { gunzip: true, fault })).toEqual([]);
    expect(await rulesBroken(planted, { gunzip: true, fault })).toEqual(
      expect.arrayContaining(['events', 'complete']),
    );
  });

  test('the process crashes', async () => {
    const program = "process.on('message', () => process.abort()); process.send('ready');";
    writeFileSync(join(root, 'runner.mjs'), program);
    const runner = await RunnerProcess.start(root, [root, root]);
    const { problems, isSpoilt } = await runner.run({ seed: 1, measures: false, isWarm: false });
    await runner.close();
    expect(problems).toMatchObject([{ rule: 'crash', detail: expect.stringContaining('SIGABRT') }]);
    expect(isSpoilt).toBe(true);
  });
});

test('a seed makes the same scenario every time', () => {
  for (let seed = 0; seed < 200; seed++) expect(drawScenario(seed)).toEqual(drawScenario(seed));
});
