import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, test, vi } from 'vitest';

import type { Isolation } from '../../src/runner/process-runner.js';
import type { ProcessWaits, Wait } from '../../src/runner/runner.js';
import { ProcessMemory } from '../../src/runner/waits/process-memory.js';
import { waitingCall } from '../../src/runner/waits/system-calls.js';
import { threadWaits } from '../../src/runner/waits/thread-wait.js';
import { makeFifos } from '../support/fifo.js';
import { untilLine, useJob } from './support/algorithm.js';

const job = useJob();

const node = process.execPath;
/** In which DATA stands for the channels' directory; training_0 has a writer, training_1 has none, training_3 is not there. */
const WAITING: Record<string, { command: readonly string[]; waits: Wait }> = {
  'open() in Python': {
    command: ['python3', '-c', 'open("DATA/training_1")'],
    waits: { kind: 'openFifo', path: 'DATA/training_1' },
  },
  'open() of a relative path': {
    command: ['python3', '-c', 'import os; os.chdir("DATA"); open("training_1")'],
    waits: { kind: 'openFifo', path: 'DATA/training_1' },
  },
  'open() in a thread of Python': {
    command: [
      'python3',
      '-c',
      'import threading, time; threading.Thread(target=lambda: open("DATA/training_1")).start(); time.sleep(100)',
    ],
    waits: { kind: 'openFifo', path: 'DATA/training_1' },
  },
  'read() in Python': {
    command: ['python3', '-c', 'open("DATA/training_0").read()'],
    waits: { kind: 'readFifo', path: 'DATA/training_0' },
  },
  'select(), as ml-io does it': {
    command: [
      'python3',
      '-c',
      'import os, select; f = os.open("DATA/training_0", os.O_RDONLY | os.O_NONBLOCK); select.select([f], [], [], 60)',
    ],
    waits: { kind: 'readFifo', path: 'DATA/training_0' },
  },
  'poll()': {
    command: [
      'python3',
      '-c',
      'import os, select; p = select.poll(); p.register(os.open("DATA/training_0", os.O_RDONLY | os.O_NONBLOCK)); p.poll()',
    ],
    waits: { kind: 'readFifo', path: 'DATA/training_0' },
  },
  'looking again and again in Python': {
    command: [
      'python3',
      '-c',
      'import os, time\nwhile not os.path.exists("DATA/training_3"): time.sleep(0.1)',
    ],
    waits: { kind: 'sleep', names: ['DATA/training_3'], hosts: [] },
  },
  'a redirection of sh': {
    command: ['sh', '-c', 'wc -c < DATA/training_1; echo'],
    waits: { kind: 'openFifo', path: 'DATA/training_1' },
  },
  'cat, started by sh': {
    command: ['sh', '-c', 'cat DATA/training_0 > /dev/null; echo'],
    waits: { kind: 'readFifo', path: 'DATA/training_0' },
  },
  'looking again and again in sh': {
    command: ['sh', '-c', 'until [ -e DATA/training_3 ]; do sleep 5; done'],
    waits: { kind: 'child', names: ['DATA/training_3'], hosts: [] },
  },
  'a stream in Node': {
    command: [node, '-e', `require('fs').createReadStream('DATA/training_1').resume()`],
    waits: { kind: 'openFifo', path: 'DATA/training_1' },
  },
  'a read in Node': {
    command: [node, '-e', `require('fs').createReadStream('DATA/training_0').resume()`],
    waits: { kind: 'readFifo', path: 'DATA/training_0' },
  },
  'a loop': { command: ['sh', '-c', 'while :; do :; done'], waits: { kind: 'run' } },
};

describe.runIf(process.platform === 'linux').each<Isolation>(['namespace', 'none'])(
  'isolation: %s',
  (isolation) => {
    test('what each process waits for', async () => {
      const data = isolation === 'none' ? join(job.directory, 'input/data') : '/opt/ml/input/data';
      const [fifo] = makeFifos(join(job.directory, 'input/data'), 'training_0', 'training_1');
      const writer = openSync(fifo!, 'r+');
      try {
        await Promise.all(Object.entries(WAITING).map(([name, each]) => expectWait(name, each, data)));
      } finally {
        closeSync(writer);
      }
    });

    async function expectWait(
      name: string,
      { command, waits }: (typeof WAITING)[string],
      data: string,
    ): Promise<void> {
      const placed = command.map((word) => word.replaceAll('DATA', data));
      const expected = JSON.parse(JSON.stringify(waits).replaceAll('DATA', data)) as Wait;
      await using program = await job.start(placed, { isolation });
      const deadline = performance.now() + 20_000;
      let found: readonly ProcessWaits[] = [];
      while (!found.some((each) => each.waits.some((wait) => isSame(wait, expected)))) {
        if (performance.now() > deadline)
          expect({ name, found }).toEqual({ name, found: [{ pid: 0, command: '', waits: [expected] }] });
        await delay(20);
        found = await program.waits();
      }
    }
  },
);

function isSame(wait: Wait, expected: Wait): boolean {
  if ('names' in wait && 'names' in expected)
    return wait.kind === expected.kind && expected.names.every((name) => wait.names.includes(name));
  return JSON.stringify(wait) === JSON.stringify(expected);
}

test('what cannot be looked at says nothing: it has ended, or is of somebody else', () => {
  const nobody = 2 ** 22 + 1; // more than there can be
  expect(threadWaits(nobody, nobody, new ProcessMemory(nobody))).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'of what there is much in memory, so much is looked for',
  async () => {
    const [many, few] = ['/opt/ml/input/many/', '/opt/ml/input/few/'];
    const script = `
import time
names = ["${many}%d" % i for i in range(5000)] + ["${few}1"]
print("ready", flush=True)
time.sleep(100)`;
    await using program = await job.start(['python3', '-c', script]);
    await untilLine(program.stdout, 'ready');
    const memory = new ProcessMemory((await program.processes()).at(-1)!.pid);
    try {
      const found = await memory.wordsFrom([many, few], /\w/, 1000);
      expect(found.filter((word) => word.startsWith(many))).toHaveLength(1000);
      expect(found).toContain(`${few}1`);
    } finally {
      memory.close();
    }
  },
);

test.runIf(process.platform === 'linux')('what is in memory and can be no name is not missing', async () => {
  const data = '/opt/ml/input/data';
  const script = `import time; names = ["${data}/" + "n" * 300, "${data}/training_7"]; time.sleep(100)`;
  await using program = await job.start(['python3', '-c', script]);
  const names = async () => {
    const waits = (await program.waits()).flatMap((each) => each.waits);
    return waits.flatMap((wait) => ('names' in wait ? wait.names : []));
  };
  await expect.poll(names, { timeout: 20_000 }).toContain(`${data}/training_7`);
  expect((await names()).filter((name) => name.length > 300)).toEqual([]);
});

test.runIf(process.platform === 'linux')('a program that cannot write waits for room', async () => {
  await using program = await job.start(['yes']);
  let kinds: string[] = [];
  while (!kinds.includes('writePipe')) {
    await delay(5);
    kinds = (await program.waits()).flatMap(({ waits }) => waits.map(({ kind }) => kind));
  }
});

test.runIf(['x64', 'arm64'].includes(process.arch))(
  'the numbers of system calls are of this processor',
  () => {
    const [read, openat] = process.arch === 'x64' ? [0, 257] : [63, 56];
    expect(waitingCall(read)).toMatchObject({ kind: 'read' });
    expect(waitingCall(openat)).toMatchObject({ kind: 'open' });
    expect(waitingCall(999)).toBeUndefined();
  },
);

describe.runIf(process.platform === 'linux')('what processes do', () => {
  test('which FIFOs they have open, and which of them they wait for', async () => {
    const data = '/opt/ml/input/data';
    const [fifo, other] = makeFifos(join(job.directory, 'input/data'), 'training_0', 'test_0');
    const writers = [openSync(fifo!, 'r+'), openSync(other!, 'r+')];
    try {
      await using program = await job.start([
        'sh',
        '-c',
        `exec 3< ${data}/test_0; cat ${data}/training_0 3<&-; :`,
      ]);
      const wanted = [
        { fifos: [`${data}/test_0`], waitsFor: [] },
        { fifos: [`${data}/training_0`], waitsFor: [`${data}/training_0`] },
      ];
      await expect
        .poll(async () => (await program.activity()).map(({ fifos, waitsFor }) => ({ fifos, waitsFor })), {
          timeout: 20_000,
        })
        .toEqual(wanted);
      expect((await program.waits()).map(({ fifos }) => fifos)).toEqual(wanted.map(({ fifos }) => fifos));
    } finally {
      writers.forEach((fd) => closeSync(fd));
    }
  });

  test('how much CPU time they have used, those that have ended too', async () => {
    await using program = await job.start([
      'sh',
      '-c',
      "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; sleep 100",
    ]);
    const cpuMs = async () => (await program.activity()).reduce((sum, each) => sum + each.cpuMs, 0);
    const isAsleep = async () => (await program.processes()).some(({ command }) => command === 'sleep');
    await expect.poll(isAsleep, { timeout: 20_000 }).toBe(true);
    const used = await cpuMs();
    expect(used).toBeGreaterThanOrEqual(50);
    await delay(100);
    expect(await cpuMs()).toBe(used);
  });

  test('what they are connected with by localhost', async () => {
    const script = `
import socket, time
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
time.sleep(100)`;
    await using program = await job.start(['python3', '-c', script]);
    // A look may miss one, while others on this machine open and close theirs.
    await vi.waitFor(
      async () => {
        const [one, two] = await program.loopbackConnections();
        expect(two).toBeDefined();
        expect(one).toEqual({ localPort: two!.remotePort, remotePort: two!.localPort });
      },
      { timeout: 20_000 },
    );
  });

  test('what they listen to', async () => {
    const script = `
import socket, time
servers = [socket.create_server(each) for each in (("127.0.0.1", 0), ("0.0.0.0", 0))]
time.sleep(100)`;
    await using program = await job.start(['python3', '-c', script]);
    await vi.waitFor(
      async () => {
        const listeners = await program.listeners();
        expect(listeners.map(({ isLocalhost }) => isLocalhost).sort()).toEqual([false, true]);
        expect(new Set(listeners.map(({ port }) => port)).size).toBe(2);
      },
      { timeout: 20_000 },
    );
  });
});
