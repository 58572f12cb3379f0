import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { RunningProgram } from '../../../src/runner/runner.js';
import { describeWithEngine } from '../../support/engine/engine.js';
import { useContainers } from './use-containers.js';

vi.setConfig({ testTimeout: 120_000 }); // an engine that was slow is left alone for nine times as long

describeWithEngine('a directory of a container that runs', () => {
  const containers = useContainers();
  let program: RunningProgram | undefined;
  beforeEach(() => mkdirSync(containers.path('checkpoints')));
  afterEach(() => program?.[Symbol.asyncDispose]());

  const path = (name: string) => containers.path(`checkpoints/${name}`);
  const text = (name: string) => readFileSync(path(name), 'utf8');

  /** Runs a shell script in /opt/ml/checkpoints, until it says that it is ready. */
  async function start(script: string): Promise<RunningProgram> {
    const started = await containers.start(['sh', '-c', `cd /opt/ml/checkpoints; ${script}`]);
    program = started;
    for await (const lines of started.stdout) if (lines.some((line) => line.text === 'ready')) break;
    return started;
  }

  /** As soon as it may, with all that is there by now: twice, because each time it is what was there the time before. */
  async function refresh(of: RunningProgram): Promise<void> {
    const isRefreshed = async () => expect(await of.refresh('/opt/ml/checkpoints')).toBe(true);
    for (let time = 0; time < 2; time++) await vi.waitFor(isRefreshed, 60_000);
  }

  /** Tells the script to go on, and waits until it has. */
  async function goOn(of: RunningProgram): Promise<void> {
    of.signal('SIGUSR1');
    for await (const lines of of.stdout) if (lines.some((line) => line.text === 'ready')) return;
  }

  test('comes as it is, and then what is new; what has not changed stays the file that it is', async () => {
    writeFileSync(path('restored'), 'before');
    utimesSync(path('restored'), 1_700_000_000.5, 1_700_000_000.5);
    const { ino, ctimeMs } = statSync(path('restored'));
    const running = await start(`
      mkdir -p step-1/deep; echo one > step-1/deep/weights; ln -s step-1 latest; mkfifo fifo; echo old > gone
      ln step-1/deep/weights hard; sleep 2.1; echo ready; ${untilTold}
      echo two > gone; mv gone step-1; rm latest; mkdir latest; echo 2 > latest/weights; chmod 500 latest; rm hard
      sleep 2.1; echo ready; sleep 60`);
    await refresh(running);
    expect(list()).toEqual(['gone', 'hard', 'latest step-1', 'restored', 'step-1/deep/weights']);
    expect([text('step-1/deep/weights'), text('gone'), text('hard')]).toEqual(['one\n', 'old\n', 'one\n']);
    const weights = statSync(path('step-1/deep/weights'));
    expect(statSync(path('restored'))).toMatchObject({ ino, ctimeMs });

    await goOn(running);
    await refresh(running);
    expect(list()).toEqual(['latest/weights', 'restored', 'step-1/deep/weights', 'step-1/gone']);
    expect([text('latest/weights'), text('step-1/gone')]).toEqual(['2\n', 'two\n']);
    expect(statSync(path('step-1/deep/weights'))).toMatchObject({
      ino: weights.ino,
      mtimeMs: weights.mtimeMs,
    });
    const uid = process.getuid!();
    const all = readdirSync(containers.directory, { recursive: true, encoding: 'utf8' });
    expect(all.filter((name) => lstatSync(containers.path(name)).uid !== uid)).toEqual([]);
  });

  test('without what is being written: of that the last whole one stays', async () => {
    const running = await start(`
      echo whole > weights; sleep 2.1; echo ready; ${untilTold}
      echo ready; told=
      while [ -z "$told" ]; do echo more >> weights; echo more >> new; sleep 0.02; done
      echo another > weights; sleep 2.1; echo ready; sleep 60`);
    await refresh(running);
    await goOn(running);
    await refresh(running);
    expect(list()).toEqual(['weights']);
    expect(text('weights')).toBe('whole\n');
    await goOn(running);
    await refresh(running);
    expect(list()).toEqual(['new', 'weights']);
    expect(text('weights')).toBe('another\n');
  });

  test('not too often, not when it has vanished, and not when the program is ending', async () => {
    const running = await start(`echo 1 > a; sleep 2.1; echo ready; ${untilTold}
      cd /; rm -r /opt/ml/checkpoints; echo ready; sleep 60`);
    await refresh(running);
    expect(await running.refresh('/opt/ml/checkpoints')).toBe(false);
    await goOn(running);
    await delay(1000); // that is long after the pause
    expect(await running.refresh('/opt/ml/checkpoints')).toBe(false);
    expect(list()).toEqual(['a']);
    await running.stop({ graceMs: 0 });
    expect(await running.refresh('/opt/ml/checkpoints')).toBe(false);
  });

  test('not what a link in its place leads to', async () => {
    const foreign = mkdtempSync(join(tmpdir(), 'foreign-'));
    try {
      writeFileSync(join(foreign, 'file'), 'mine');
      writeFileSync(path('restored'), 'before');
      const { mode, mtimeMs, ctimeMs } = statSync(foreign);
      const running = await start(
        `cd ..; rm -r checkpoints; ln -s ${foreign} checkpoints; echo ready; sleep 60`,
      );
      for (let time = 0; time < 3; time++) {
        const began = performance.now();
        expect(await running.refresh('/opt/ml/checkpoints')).toBe(false);
        await delay((performance.now() - began) * 10 + 10); // or it would not even look
      }
      await running.stop({ graceMs: 0 });
      await running.collect();
      expect(readlinkSync(containers.path('checkpoints'))).toBe(foreign);
      expect(statSync(foreign)).toMatchObject({ mode, mtimeMs, ctimeMs });
      expect(readdirSync(foreign)).toEqual(['file']);
    } finally {
      rmSync(foreign, { recursive: true });
    }
  });

  test('holds up nobody who ends the program', async () => {
    const running = await start('head -c 100000000 /dev/zero > large; sleep 2.1; echo ready; sleep 60');
    const refreshing = running.refresh('/opt/ml/checkpoints').then(
      () => 'complete',
      () => 'given up',
    );
    await vi.waitFor(() => {
      const temporary = readdirSync(containers.directory).find((name) => name.startsWith('.refreshed-'));
      expect(statSync(containers.path(`${temporary}/unpacked/checkpoints/large`)).size).toBeGreaterThan(0);
    }, 10_000);
    await running.stop({ graceMs: 0 });
    expect(await refreshing).toBe('given up');
    expect(existsSync(path('large'))).toBe(false);
    await running.collect();
    expect(statSync(path('large')).size).toBe(100_000_000);
  });

  test('what was brought at the end takes the place of what was brought before, if it is another', async () => {
    const running = await start(`echo one > same; echo one > changed; sleep 2.1; echo ready; ${untilTold}
      touch -r changed time; echo two > changed; touch -r time changed; rm time`);
    await refresh(running);
    const { ino } = statSync(path('same'));
    running.signal('SIGUSR1');
    await running.exited;
    await running.collect();
    expect(list()).toEqual(['changed', 'same']);
    expect([text('changed'), text('same')]).toEqual(['two\n', 'one\n']);
    expect(statSync(path('same')).ino).toBe(ino);
  });

  /** Relative paths of files, and links with what they lead to. */
  function list(): string[] {
    const args = ['.', '!', '-type', 'd', '-printf', '%P %l\\n'];
    const found = execFileSync('find', args, { cwd: containers.path('checkpoints'), encoding: 'utf8' });
    return found
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .sort();
  }
});

/** A wait of a shell script. */
const untilTold = 'told=; trap "told=1" USR1; while [ -z "$told" ]; do sleep 0.05; done;';
