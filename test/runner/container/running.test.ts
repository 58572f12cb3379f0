import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { containerRunner } from '../../../src/runner/container/container-runner.js';
import type { LogLine } from '../../../src/runner/runner.js';
import { AS_USER, describeWithEngine, engineHost, TOOLS } from '../../support/engine/engine.js';
import { linesOf, untilLine } from '../support/algorithm.js';
import { ask, echoServer } from '../support/echo-server.js';
import { useContainers } from './use-containers.js';

describeWithEngine('a program in a container', () => {
  const containers = useContainers();

  test('has its environment, its host name, its working directory, and two outputs', async () => {
    await using program = await containers.start(
      ['sh', '-c', 'echo "$A $PATH"; hostname; pwd; echo $$; echo err >&2; exit 3'],
      { env: { A: 'a b' }, cwd: '/tmp', host: { name: 'algo-1', all: ['algo-1'] } },
    );
    expect(await linesOf(program.stdout)).toEqual([
      'a b /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'algo-1',
      '/tmp',
      '1',
    ]);
    expect(await linesOf(program.stderr)).toEqual(['err']);
    expect(await program.exited).toEqual({ code: 3, signal: null, leftBehind: [] });
  });

  test('two servers, each on a port 8080 of its own', async () => {
    await using one = await containers.start(['python3', '-c', echoServer('one')]);
    await using two = await containers.start(['python3', '-c', echoServer('two')]);
    for (const { stdout } of [one, two]) await untilLine(stdout, 'listens');
    expect(await ask(one, 'a')).toBe('one:a');
    expect(await ask(two, 'b')).toBe('two:b');
    await expect(one.connect(8081)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([TOOLS, AS_USER])(
    'writes everywhere below /opt/ml, and what it writes is collected: %s',
    async (image) => {
      writeFileSync(containers.path('input/config/hyperparameters.json'), '{}');
      writeFileSync(containers.path('model/before'), 'before');
      await using program = await containers.start(
        [
          'sh',
          '-ec',
          `cd /opt/ml; cat input/config/hyperparameters.json
         cat model/before >> model/after; rm model/before; chmod 750 model; ln -s /etc/passwd model/link
         mkdir model/sub; echo x > model/sub/x; ln model/sub/x model/same; mkfifo model/fifo; chmod 500 model/sub
         echo bad > output/failure; mkdir code; echo c > code/c; echo s > stranger; rm -r output/data
         node -e 'require("net").createServer().listen("/opt/ml/model/socket", () => process.exit())'
         python3 -c 'open(b"/opt/ml/model/\\xff\\xfe", "w").write("bytes")'`,
        ],
        { image },
      );
      expect(await linesOf(program.stdout)).toEqual(['{}']);
      expect(await linesOf(program.stderr)).toEqual([]);
      expect(await program.exited).toMatchObject({ code: 0 });
      await program.collect();
      const names = readdirSync(containers.path('model'), { encoding: 'latin1' });
      expect(names.sort()).toEqual(['after', 'link', 'same', 'sub', '\xff\xfe']);
      expect(readFileSync(containers.path('model/after'), 'utf8')).toBe('before');
      expect(readlinkSync(containers.path('model/link'))).toBe('/etc/passwd');
      expect(lstatSync(containers.path('model')).mode & 0o777).toBe(0o750);
      expect(lstatSync(containers.path('model/sub')).mode & 0o777).toBe(0o500);
      expect(lstatSync(containers.path('model/same')).ino).toBe(
        lstatSync(containers.path('model/sub/x')).ino,
      );
      expect(readFileSync(containers.path('output/failure'), 'utf8')).toBe('bad\n');
      expect(existsSync(containers.path('output/data'))).toBe(false);
      expect(readdirSync(containers.directory).sort()).toEqual([
        'code',
        'input',
        'model',
        'output',
        'stranger',
      ]);
    },
  );

  test('what was not written stays as it was', async () => {
    await using program = await containers.start(['true']);
    await program.exited;
    await program.collect();
    expect(readdirSync(containers.directory).sort()).toEqual(['input', 'model', 'output']);
    expect(readdirSync(containers.path('output'))).toEqual(['data']);
  });

  test('a directory that has become a link, a file or nothing', async () => {
    await using program = await containers.start([
      'sh',
      '-ec',
      'cd /opt/ml; rm -r model output; ln -s /tmp model; echo x > output; mkdir -p a/b; echo y > a/b/c',
    ]);
    expect(await program.exited).toMatchObject({ code: 0 });
    await program.collect();
    expect(readlinkSync(containers.path('model'))).toBe('/tmp');
    expect(readFileSync(containers.path('output'), 'utf8')).toBe('x\n');
    expect(readFileSync(containers.path('a/b/c'), 'utf8')).toBe('y\n');
  });

  test('a directory that has become a link to one that this machine has, too', async () => {
    const foreign = mkdtempSync(join(tmpdir(), 'foreign-'));
    try {
      writeFileSync(join(foreign, 'file'), 'mine');
      const { mode, mtimeMs, ctimeMs } = lstatSync(foreign);
      writeFileSync(containers.path('output/data/restored'), 'before');
      await using program = await containers.start([
        'sh',
        '-ec',
        `cd /opt/ml; rm -r output; ln -s ${foreign} output`,
      ]);
      expect(await program.exited).toMatchObject({ code: 0 });
      await program.collect();
      expect(readlinkSync(containers.path('output'))).toBe(foreign);
      expect(lstatSync(foreign)).toMatchObject({ mode, mtimeMs, ctimeMs });
      expect(readFileSync(join(foreign, 'file'), 'utf8')).toBe('mine');
    } finally {
      rmSync(foreign, { recursive: true });
    }
  });

  test('sees its input, FIFOs too that are made while it runs, and cannot write there', async () => {
    await using program = await containers.start([
      'sh',
      '-c',
      'echo ready; until [ -p /opt/ml/input/data/train_0 ]; do sleep 0.01; done; cat /opt/ml/input/data/train_0; echo > /opt/ml/input/x',
    ]);
    await untilLine(program.stdout, 'ready');
    const fifo = containers.path('input/data/train_0');
    execFileSync('mkfifo', [fifo]);
    execFileSync('sh', ['-c', `echo data > ${fifo}`]);
    expect(await linesOf(program.stdout)).toEqual(['data']);
    expect((await linesOf(program.stderr)).join()).toMatch(/Read-only/);
  });

  test('what it waits for, and all that runs', async () => {
    execFileSync('mkfifo', [containers.path('input/data/train_0')]);
    await using program = await containers.start(['sh', '-c', 'cat /opt/ml/input/data/train_0; echo']);
    const opens = { kind: 'openFifo', path: '/opt/ml/input/data/train_0' };
    while (!JSON.stringify(await program.waits()).includes('openFifo')) await delay(5);
    expect((await program.waits()).map(({ waits }) => waits)).toEqual([
      [{ kind: 'child', names: [], hosts: [] }],
      [opens],
    ]);
    expect((await program.processes()).map(({ command }) => command.split(' ')[0])).toEqual(['sh', 'cat']);
    await program.stop({ graceMs: 0 });
    expect(await program.processes()).toEqual([]);
  });

  test('the arguments are those of the entrypoint, or a program', async () => {
    await using given = await containers.start(['echo', 'hello'], { usesEntrypoint: true });
    await using own = await containers.start(['echo', 'hello'], { usesEntrypoint: false });
    expect([await linesOf(given.stdout), await linesOf(own.stdout)]).toEqual([['hello'], ['hello']]);
  });

  test('as much shared memory as was asked for', async () => {
    await using program = await containers.start(['sh', '-c', 'df -k /dev/shm | tail -n 1'], {
      shmBytes: 8 * 1024 * 1024,
    });
    expect((await linesOf(program.stdout)).join()).toMatch(/\b8192\b/);
  });

  test('a program without memory is told from one that ends with the same code', async () => {
    const memoryBytes = 32 * 1024 * 1024;
    await using greedy = await containers.start(['python3', '-c', 'x = b"x" * (100 << 20)'], { memoryBytes });
    await using liar = await containers.start(['sh', '-c', 'exit 137'], { memoryBytes });
    expect(await greedy.exited).toMatchObject({ code: null, signal: 'SIGKILL', outOfMemory: true });
    expect(await liar.exited).toEqual({ code: 137, signal: null, leftBehind: [] });
  });

  test('what it leaves running is named', async () => {
    const script = '(sleep 61 &); until [ -e /opt/ml/input/data/go ]; do usleep 10000; done';
    await using program = await containers.start(['sh', '-c', script]);
    const isThere = async () => (await program.processes()).some(({ command }) => command === 'sleep');
    while (!(await isThere())) await delay(5);
    await delay(300); // it is looked at ten times a second
    writeFileSync(containers.path('input/data/go'), '');
    const { leftBehind, code } = await program.exited;
    expect(code).toBe(0);
    expect(leftBehind.map(({ command }) => command)).toEqual(['sleep']);
  });

  test('several hosts reach each other by their names', async () => {
    const all = ['algo-1', 'algo-2', 'algo-3'];
    const runner = containerRunner({ image: TOOLS, engine: engineHost });
    const programs = await Promise.all(
      all.map(async (name) => {
        const script = `hostname; for h in ${all.join(' ')}; do
          i=0; until ping -c 1 -W 1 $h > /dev/null 2>&1; do i=$((i + 1)); [ $i -lt 50 ] || exit 9; sleep 0.1; done; done
          sleep 1`;
        const { directory } = containers;
        const command = ['sh', '-c', script];
        const prepared = await runner.prepare({ directory, command, env: {}, host: { name, all } });
        return await prepared.start();
      }),
    );
    const exits = await Promise.all(programs.map(({ exited }) => exited));
    expect(exits.map(({ code }) => code)).toEqual([0, 0, 0]);
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  });
});

describeWithEngine('the output of a container', () => {
  const containers = useContainers();

  test('who does not read holds the program up, and memory has a bound', async () => {
    await using program = await containers.start([
      'sh',
      '-c',
      'yes 0123456789012345678901234567890123456789 | head -c 200000000; echo done >&2',
    ]);
    const before = process.memoryUsage().arrayBuffers;
    let bytes = 0;
    const note = (lines: readonly LogLine[]) => lines.forEach(({ text }) => (bytes += text.length + 1));
    for await (const lines of program.stdout) {
      note(lines);
      break;
    }
    const isFull = async () =>
      (await program.waits()).some(({ waits }) => waits.some(({ kind }) => kind === 'writePipe'));
    while (!(await isFull())) await delay(10);
    expect(bytes).toBeLessThan(1_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
    for await (const lines of program.stdout) note(lines);
    expect(bytes).toBeGreaterThanOrEqual(200_000_000);
    expect(await linesOf(program.stderr)).toEqual(['done']);
  });

  test('nothing is lost of what is read long after the end', async () => {
    await using program = await containers.start(['sh', '-c', 'seq 9000; printf end']);
    await delay(3500); // an engine throws away what nobody has taken after two seconds
    const lines = await linesOf(program.stdout);
    expect(lines).toHaveLength(9001);
    expect(lines.at(-1)).toBe('end');
  });

  test('one that is not read does not hold up the other', async () => {
    await using program = await containers.start([
      'sh',
      '-c',
      'yes | head -c 3000000 >&2 & seq 1000; wait $!; echo end',
    ]);
    await untilLine(program.stdout, '1000');
    await linesOf(program.stderr);
    expect(await linesOf(program.stdout)).toEqual(['end']);
  });
});
