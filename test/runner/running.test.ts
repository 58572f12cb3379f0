import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import type { Isolation } from '../../src/runner/process-runner.js';
import { rejection } from '../support/expected-errors.js';
import { linesOf, processesWith, untilLine, useJob } from './support/algorithm.js';

const job = useJob();

const ISOLATIONS: Isolation[] = process.platform === 'linux' ? ['namespace', 'none'] : ['none'];

/** Says that it is ready, and then ignores SIGTERM. */
const STUBBORN = ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'];

/** Workers may be made to leave ^C to the program itself. They are not in the background for that. */
const COMPUTES_BESIDE_A_WORKER = `
import signal, subprocess, time
ignore = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
worker = subprocess.Popen(["sleep", "1000"], preexec_fn=ignore)
end = time.time() + 0.6
while time.time() < end: pass
worker.kill()
worker.wait()`;

describe.each(ISOLATIONS)('isolation: %s', (isolation) => {
  /** What the algorithm has for /opt/ml. */
  const base = () => (isolation === 'none' ? job.directory : '/opt/ml');

  test.each([
    ['sh', ['sh', '-c', 'echo out; echo err >&2; exit 3']],
    ['python3', ['python3', '-c', 'import sys; print("out"); print("err", file=sys.stderr); sys.exit(3)']],
    ['node', [process.execPath, '-e', 'console.log("out"); console.error("err"); process.exitCode = 3']],
  ])('output and exit code of %s', async (_name, command) => {
    await using program = await job.start(command, { isolation });
    const [out, err, exit] = await Promise.all([
      linesOf(program.stdout),
      linesOf(program.stderr),
      program.exited,
    ]);
    expect({ out, err, exit }).toEqual({
      out: ['out'],
      err: ['err'],
      exit: { code: 3, signal: null, leftBehind: [] },
    });
  });

  test.each([0, 1, 125, 126, 127, 137, 255])('the exit code %i is its own', async (code) => {
    await using program = await job.start(['sh', '-c', `exit ${code}`], { isolation });
    expect(await program.exited).toMatchObject({ code, signal: null });
  });

  test('a signal reaches the program itself', async () => {
    const script = `trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.01; done`;
    await using program = await job.start(['sh', '-c', script], { isolation });
    await untilLine(program.stdout, 'ready');
    expect(program.signal('SIGTERM')).toBe(true);
    expect(await linesOf(program.stdout)).toEqual(['got it']);
    expect(await program.exited).toMatchObject({ code: 9, signal: null });
    expect(program.signal('SIGTERM')).toBe(false);
  });

  test('a kill from outside is a signal, not an exit code', async () => {
    await using program = await job.start(['sleep', '60'], { isolation });
    process.kill(program.pid, 'SIGKILL');
    expect(await program.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('stop() waits for the grace only, and then leaves nothing', async () => {
    await using program = await job.start(STUBBORN, { isolation });
    await untilLine(program.stdout, 'ready');
    expect(await program.stop({ graceMs: 50 })).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(processesWith(job.mark)).toEqual([]);
  });

  test('stop() does not wait longer than the program', async () => {
    const script = `trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done`;
    await using program = await job.start(['sh', '-c', script], { isolation });
    await untilLine(program.stdout, 'ready');
    expect(await program.stop()).toMatchObject({ code: 4, signal: null });
  });

  test('a signal ends the grace', async () => {
    await using program = await job.start(STUBBORN, { isolation });
    await untilLine(program.stdout, 'ready');
    const controller = new AbortController();
    const stopped = program.stop({ signal: controller.signal });
    controller.abort();
    expect(await stopped).toMatchObject({ signal: 'SIGKILL' });
  });

  test('the signal of the start kills everything', async () => {
    const controller = new AbortController();
    await using program = await job.start(STUBBORN, { isolation, signal: controller.signal });
    await untilLine(program.stdout, 'ready');
    controller.abort();
    expect(await program.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(processesWith(job.mark)).toEqual([]);
  });

  test('a signal that was aborted before starts nothing', async () => {
    const error = await rejection(job.start(['true'], { isolation, signal: AbortSignal.abort('enough') }));
    expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough' });
  });

  test('nothing survives the program, whatever it has started', async () => {
    const sleeping = ['sleep-1', 'sleep-2', 'sleep-3', 'sleep-4', 'sleep-5'];
    for (const name of sleeping) symlinkSync('/bin/sleep', join(job.directory, name));
    const script = `cd ${base()}
      ./sleep-1 1000 & (./sleep-2 1000 &) & setsid ./sleep-3 1000 &
      (setsid setsid sh -c 'trap "" TERM HUP; ./sleep-4 1000 & wait' &)
      nohup ./sleep-5 1000 >/dev/null 2>&1 & until [ -e ${base()}/go ]; do sleep 0.01; done; exit 5`;
    await using program = await job.start(['sh', '-c', script], { isolation });
    const commands = async () => (await program.processes()).map(({ command }) => command);
    await expect.poll(commands, { timeout: 20_000 }).toEqual(expect.arrayContaining(sleeping));
    await delay(250); // in a namespace there is a look ten times a second
    writeFileSync(join(job.directory, 'go'), '');
    const { code, leftBehind } = await program.exited;
    expect(code).toBe(5);
    expect(processesWith(job.mark)).toEqual([]);
    expect(leftBehind.map(({ command }) => command)).toEqual(expect.arrayContaining(sleeping));
  });

  test.each([
    ['sh', 'for i in 1 2 3 4 5 6; do sleep 0.05; done; sleep 0.15'],
    ['sh', 'x=$(sleep 0.3; echo a)'],
    ['sh', 'sleep 0.3 | cat'],
    ['sh', 'sleep 0.3 & wait $!'],
    ['sh', 'sleep 0.6 & sleep 0.2; wait'],
    ['bash', 'while read line; do :; done < <(sleep 0.3)'],
    ['python3', 'import subprocess; subprocess.run(["sleep", "0.3"], capture_output=True)'],
    ['python3', 'import subprocess; subprocess.run(["sleep", "0.3"], timeout=20)'],
    ['python3', 'import os, threading; threading.Thread(target=os.system, args=("sleep 0.3",)).start()'],
    [
      'python3',
      'import concurrent.futures, time\nwith concurrent.futures.ProcessPoolExecutor(2) as pool: pool.submit(time.sleep, 0.3)',
    ],
    ['python3', COMPUTES_BESIDE_A_WORKER],
    ['node', 'require("child_process").execSync("sleep 0.3")'],
    ['node', 'require("child_process").spawn("sleep", ["0.3"], { stdio: "ignore" })'],
  ])('what the program waits for is not left behind: %s, %s', async (command, script) => {
    const flag = command === 'node' ? '-e' : '-c';
    const path = command === 'node' ? process.execPath : command;
    await using program = await job.start([path, flag, script], { isolation });
    expect(await program.exited).toMatchObject({ code: 0, leftBehind: [] });
  });

  test('what a program that sleeps has started is left behind', async () => {
    const script = `import subprocess, time\nsubprocess.Popen(["sleep", "1000"])\ntime.sleep(1.5)`;
    await using program = await job.start(['python3', '-c', script], { isolation });
    const { leftBehind } = await program.exited;
    expect(leftBehind).toEqual([{ pid: expect.any(Number), command: 'sleep' }]);
  });

  test('processes() has the program first, and what it has started', async () => {
    const script = `sleep 1000 & echo started; wait`;
    await using program = await job.start(['sh', '-c', script], { isolation });
    await untilLine(program.stdout, 'started');
    // The shell goes on before the other process has become what it is to be.
    await expect
      .poll(async () => (await program.processes()).slice(1), { timeout: 20_000 })
      .toEqual([{ pid: expect.any(Number), command: 'sleep' }]);
    expect((await program.processes())[0]).toMatchObject({ pid: program.pid });
  });

  test('a channel of the library is read in full, by each kind of program', async () => {
    const body = randomBytes(3_000_000);
    const sum = createHash('sha256').update(body).digest('hex');
    await using channel = createChannel({
      name: 'train',
      source: [{ key: 'a', body }],
      dest: join(job.directory, 'input/data'),
      epochs: 3,
    });
    await channel.start();
    const data = `${base()}/input/data`;
    const python = `import hashlib; print(hashlib.sha256(open("${data}/train_1", "rb").read()).hexdigest())`;
    const node = `const hash = require('crypto').createHash('sha256');
      require('fs').createReadStream('${data}/train_2').on('data', (chunk) => hash.update(chunk))
        .on('end', () => console.log(hash.digest('hex')))`;
    const readers = [
      ['sh', '-c', `sha256sum < ${data}/train_0 | cut -d ' ' -f 1`],
      ['python3', '-c', python],
      [process.execPath, '-e', node],
    ];
    for (const command of readers) {
      await using program = await job.start(command, { isolation });
      expect(await Promise.all([linesOf(program.stdout), linesOf(program.stderr)])).toEqual([[sum], []]);
    }
    await channel.finished();
  });

  test('twenty at once each have a directory of their own', async () => {
    const programs = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        job.start(['sh', '-c', `echo ${index} > own; cat own; ls /proc | grep -c '^[0-9]'`], {
          isolation,
          directory: makeDirectory(index),
          cwd: isolation === 'none' ? makeDirectory(index) : '/opt/ml',
        }),
      ),
    );
    const outputs = await Promise.all(programs.map(({ stdout }) => linesOf(stdout)));
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    outputs.forEach((lines, index) => {
      expect(lines[0]).toBe(String(index));
      if (isolation === 'namespace') expect(Number(lines[1])).toBeLessThan(5);
      expect(readFileSync(join(job.directory, String(index), 'own'), 'utf8')).toBe(`${index}\n`);
    });
  });

  function makeDirectory(index: number): string {
    const directory = join(job.directory, String(index));
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  test('a program that cannot be run says why', async () => {
    writeFileSync(join(job.directory, 'no-mode'), '#!/bin/sh\n', { mode: 0o644 });
    writeFileSync(join(job.directory, 'text'), 'echo hello\n', { mode: 0o755 });
    writeFileSync(join(job.directory, 'windows'), '#!/bin/sh\r\necho\r\n', { mode: 0o755 });
    writeFileSync(join(job.directory, 'nobody'), '#!/no/such/interpreter\n', { mode: 0o755 });
    const failure = (name: string) => rejection(job.start([`${base()}/${name}`], { isolation }));
    expect(await failure('no-mode')).toMatchObject({
      code: 'PROGRAM_NOT_EXECUTABLE',
      message: expect.stringContaining('mode 644'),
    });
    expect((await failure('text')).message).toContain('"#!"');
    expect((await failure('windows')).message).toContain('carriage return');
    expect((await failure('nobody')).message).toContain('/no/such/interpreter');
    expect((await failure('input')).message).toContain('is a directory');
    expect(await failure('missing')).toMatchObject({ code: 'PROGRAM_NOT_FOUND', path: `${base()}/missing` });
    const { code, message } = await rejection(job.start(['no-such-program'], { isolation }));
    expect({ code, message }).toEqual({
      code: 'PROGRAM_NOT_FOUND',
      message: expect.stringContaining('/usr/local/bin:/usr/bin:/bin'),
    });
  });
});

test.runIf(existsSync('/dev/shm'))(
  'a program in the shared memory of this machine is not found',
  async () => {
    const directory = mkdtempSync('/dev/shm/sagemaker-pipe-mode-test-');
    try {
      writeFileSync(join(directory, 'x.sh'), '#!/bin/sh\n', { mode: 0o755 });
      const message = expect.stringContaining('a /dev/shm of its own') as string;
      const hidden = { code: 'PROGRAM_NOT_FOUND', path: `${directory}/x.sh`, message };
      expect(await rejection(job.start([`${directory}/x.sh`]))).toMatchObject(hidden);
      expect(await rejection(job.start(['./x.sh'], { cwd: directory }))).toMatchObject(hidden);
      const noPlace = {
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/`cwd`.* of its own/) as string,
      };
      expect(await rejection(job.start(['true'], { cwd: directory }))).toMatchObject(noPlace);
      await using program = await job.start([`${directory}/x.sh`], { isolation: 'none' });
      expect(await program.exited).toMatchObject({ code: 0 });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test.runIf(process.platform === 'linux')('what the kernel refuses to run is no exit code', async () => {
  // An ELF file that names a loader that is not there: nobody can tell before it is run.
  const program = readFileSync('/bin/true');
  program.write('/lib0', program.indexOf('/lib64/ld-linux'));
  writeFileSync(join(job.directory, 'no-loader'), program, { mode: 0o755 });
  const error = await rejection(job.start(['/opt/ml/no-loader']));
  expect(error).toMatchObject({ code: 'PROGRAM_NOT_EXECUTABLE' });
});

test.runIf(process.platform === 'linux')(
  'without a handler SIGTERM does nothing, as in a container',
  async () => {
    await using program = await job.start(['sleep', '60']);
    expect(program.signal('SIGTERM')).toBe(true);
    expect(await program.stop({ graceMs: 50 })).toMatchObject({ code: null, signal: 'SIGKILL' });
  },
);

test("isolation: 'none' names the directory", async () => {
  await using program = await job.start(['sh', '-c', 'echo "$SAGEMAKER_BASE_DIR"'], { isolation: 'none' });
  expect(await linesOf(program.stdout)).toEqual([job.directory]);
});

test('options that cannot be meant are refused', async () => {
  const refuse = async (more: object) => (await rejection(job.start(['true'], more))).message;
  expect(await refuse({ directory: join(job.directory, 'nowhere') })).toContain('`directory`');
  expect(await refuse({ directory: 'relative' })).toContain('absolute');
  expect(await refuse({ cwd: '/opt/ml/nowhere' })).toContain(join(job.directory, 'nowhere'));
  expect(await refuse({ env: { A: 1 } })).toContain('env.A');
  expect(await refuse({ host: { name: 'algo 1', all: ['algo 1'] } })).toContain('host.name');
  expect(await refuse({ host: { name: 'algo-1', all: ['algo-2'] } })).toContain('host.all');
  expect(await refuse({ isolation: 'none', host: { name: 'algo-1', all: ['algo-1'] } })).toContain('`host`');
  expect(await refuse({ comand: 'x' })).toContain('comand');
  expect(existsSync(join(job.directory, 'nowhere'))).toBe(false);
});
