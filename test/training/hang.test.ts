import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { StalledEvent, TrainingJob, TrainingJobOptions } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const DATA = { source: [{ key: 'k', body: 'x' }] };
const HEAD = 'import os, sys, time; ML = "/opt/ml"; DATA = ML + "/input/data/"\n';

/** What a job says of itself that is ended when nothing has moved for a while. */
async function diagnosisOf(job: TrainingJob): Promise<string> {
  const events: StalledEvent[] = [];
  job.on('stalled', (event) => events.push(event));
  const error = await failureOf(job);
  expect(error).toMatchObject({ code: 'TRAINING_JOB_TIMED_OUT', status: 'Stopped', signal: 'SIGKILL' });
  expect(error.message).toContain('because nothing in it had moved for');
  expect(error.findings.map(({ id }) => id)).toContain('stalled');
  const said = events.at(-1)!.waits.join('\n');
  for (const line of events.at(-1)!.waits.slice(0, 5)) expect(error.message).toContain(line.slice(0, 200));
  return said;
}

const hanging = (script: string, channels: TrainingJobOptions['channels'] = {}) =>
  jobs.python(HEAD + script, {}, { channels, stallTimeoutMs: 700 });

describe.runIf(process.platform === 'linux')('a job that hangs says why', () => {
  test('an epoch beyond the last, in a loop that looks for it', async () => {
    await using job = hanging(
      `
for epoch in range(4):
    while not os.path.exists(f"{DATA}training_{epoch}"): time.sleep(0.1)
    open(f"{DATA}training_{epoch}").read()`,
      { training: { ...DATA, epochs: 3 } },
    );
    const said = await diagnosisOf(job);
    expect(said).toBe(
      '"python3" sleeps, and may look for training_3, which is not there: training has 3 epochs, training_0 to training_2',
    );
  });

  test('a channel that is misspelt', async () => {
    await using job = hanging(
      `
open(DATA + "training_0").read()
while True:
    try: open(DATA + "trainning_0")
    except OSError: time.sleep(0.1)`,
      { training: DATA, test: DATA },
    );
    expect(await diagnosisOf(job)).toContain(
      'may look for trainning_0, which is not there: there is no channel "trainning"; the job has training, test. Did you mean `training`?',
    );
  });

  test('a channel in another mode: File for Pipe, Pipe for File', async () => {
    await using file = hanging(`\nwhile not os.path.exists(DATA + "train_0"): time.sleep(0.1)`, {
      train: { ...DATA, inputMode: 'File' },
    });
    expect(await diagnosisOf(file)).toContain(
      'train is a channel in File mode: its files are in /opt/ml/input/data/train',
    );
    await using pipe = hanging(`\nwhile not os.path.exists(DATA + "train/k"): time.sleep(0.1)`, {
      train: { ...DATA, inputMode: 'Pipe' },
    });
    expect(await diagnosisOf(pipe)).toContain(
      'train is a channel in Pipe mode: its epochs are train_0, train_1',
    );
  });

  test('an epoch whose turn it is not', async () => {
    await using job = hanging('open(DATA + "training_1").read()', { training: { ...DATA, epochs: 3 } });
    expect(await diagnosisOf(job)).toBe(
      '"python3" waits in open("/opt/ml/input/data/training_1") for somebody to write: training_0 comes first: nobody has opened it',
    );
    expect((await failureOf(job)).findings.map(({ id }) => id)).toContain('epoch-opened-out-of-order');
  });

  test('a FIFO that is open and not read, while the next one is waited for', async () => {
    await using job = hanging(
      'first = open(DATA + "training_0", "rb", 0); first.read(10); open(DATA + "training_1")',
      {
        training: { source: [{ key: 'k', body: Buffer.alloc(3_000_000) }] },
      },
    );
    expect(await diagnosisOf(job)).toMatch(
      /open\("\/opt\/ml\/input\/data\/training_1"\) for somebody to write: training_0 comes first: "python3" has it open, with [\d,]+ bytes unread in it, with training_0 open$/,
    );
  });

  test('two processes that read one FIFO, and what its channel waits for', async () => {
    const body = async function* () {
      yield Buffer.from('x');
      await new Promise<never>(() => undefined);
    };
    await using job = jobs.sh(
      'exec 3< $ML/input/data/training_0; cat <&3 & exec cat <&3',
      {},
      { stallTimeoutMs: 700, channels: { training: { source: [{ key: 'k', body }] } } },
    );
    const said = await diagnosisOf(job);
    expect(said.split('\n')).toEqual([
      '"cat" waits for data in "/opt/ml/input/data/training_0": the channel waits for its source; "cat" reads it, too, and each gets a part of it',
      '"cat" waits for data in "/opt/ml/input/data/training_0": the channel waits for its source; "cat" reads it, too, and each gets a part of it',
    ]);
    expect((await failureOf(job)).findings.map(({ id }) => id)).toContain('fifo-read-by-several');
  });

  test('a FIFO that its reader has opened for writing, too', async () => {
    await using job = hanging('os.read(fd := os.open(DATA + "training_0", os.O_RDWR), 1); os.read(fd, 1)', {
      training: { ...DATA, epochs: 1 },
    });
    expect(await diagnosisOf(job)).toContain(
      'it was sent to its end; whoever has it open for writing, too, never sees that ("r+")',
    );
  });

  test('a child, and what that waits for', async () => {
    await using job = hanging(
      'import subprocess; subprocess.run(["sh", "-c", "mkfifo /opt/ml/output/data/f; cat /opt/ml/output/data/f; :"])',
    );
    const said = await diagnosisOf(job);
    expect(said).toContain('"cat" waits in open("/opt/ml/output/data/f") for somebody to write');
    expect(said).toContain('"sh" waits for a process that it has started');
  });

  test('a pipe that is full', async () => {
    await using job = hanging(
      'import subprocess; child = subprocess.Popen(["yes"], stdout=subprocess.PIPE); child.wait()',
    );
    expect(await diagnosisOf(job)).toMatch(/"yes" waits for room in pipe:\[\d+\], which is full/);
  });

  test('a host that is not there', async () => {
    await using job = jobs.python(
      HEAD +
        `
import socket
host = "algo-" + str(int("2") + 1)
while True:
    try: socket.gethostbyname(host)
    except OSError: time.sleep(0.2)`,
      { ResourceConfig: { InstanceCount: 2 } },
      { stallTimeoutMs: 900 },
    );
    expect(await diagnosisOf(job)).toContain(
      'for the host algo-3, which the job has not: it has algo-1, algo-2',
    );
  });

  test('sleep', async () => {
    await using job = hanging('time.sleep(1000)', { training: DATA });
    expect(await diagnosisOf(job)).toBe('"python3" sleeps');
  });

  test('in MaxRuntimeInSeconds, too', async () => {
    await using job = jobs.python(
      `${HEAD}open(DATA + "training_1").read()`,
      { StoppingCondition: { MaxRuntimeInSeconds: 1 } },
      { stopGraceMs: 0, channels: { training: DATA } },
    );
    const error = await failureOf(job);
    expect(error.message).toContain('for somebody to write: training_0 comes first: nobody has opened it');
    expect(error.findings.map(({ id }) => id)).not.toContain('stalled');
  });
});

describe.runIf(process.platform === 'linux')('progress is', () => {
  const finishing = async (job: TrainingJob) => {
    let count = 0;
    job.on('stalled', () => count++);
    const { findings } = await job.finished();
    expect(findings.map(({ id }) => id)).toEqual(['empty-model']);
    return count;
  };
  const options = { stalledAfterMs: 400 };

  test('CPU time', async () => {
    await using job = jobs.python(
      'import time\nend = time.time() + 1.5\nwhile time.time() < end: pass',
      {},
      options,
    );
    expect(await finishing(job)).toBe(0);
  });

  test('CPU time of processes that have ended', async () => {
    const script =
      'i=0; while [ $i -lt 40 ]; do sh -c "j=0; while [ \\$j -lt 20000 ]; do j=\\$((j+1)); done"; i=$((i+1)); done';
    await using job = jobs.sh(script, {}, options);
    expect(await finishing(job)).toBe(0);
  });

  test('a line', async () => {
    await using job = jobs.sh('for i in 1 2 3 4 5 6 7; do echo $i; sleep 0.2; done', {}, options);
    expect(await finishing(job)).toBe(0);
  });

  test('a byte through a channel', async () => {
    const body = async function* () {
      for (let at = 0; at < 7; at++) {
        yield Buffer.from('x');
        await delay(200);
      }
    };
    const channels = { training: { source: [{ key: 'k', body }], epochs: 1 } };
    await using job = jobs.sh('cat $ML/input/data/training_0 > /dev/null', {}, { ...options, channels });
    expect(await finishing(job)).toBe(0);
  });
});

test.runIf(process.platform === 'linux')(
  'it says so each time that nothing moves, and a job that goes on has no finding',
  async () => {
    await using job = jobs.sh('sleep 1; echo on; sleep 1; echo 1 > $ML/model/m', {}, { stalledAfterMs: 300 });
    const events: StalledEvent[] = [];
    job.on('stalled', (event) => events.push(event));
    expect((await job.finished()).findings).toEqual([]);
    expect(events).toHaveLength(2);
    expect(events[0]).toEqual({
      time: expect.any(Date),
      stalledMs: expect.any(Number),
      waits: ['"sh" waits for a process that it has started', '"sleep" sleeps'],
      channels: [],
    });
    expect(events[0]!.stalledMs).toBeGreaterThanOrEqual(300);
  },
);

test.runIf(process.platform === 'linux')(
  "isolation 'none': the paths are those of this machine",
  async () => {
    mkdirSync(jobs.dest, { recursive: true });
    await using job = jobs.sh(
      'read line < $ML/input/data/training_1',
      {},
      { isolation: 'none', stallTimeoutMs: 500, channels: { training: DATA } },
    );
    expect(await diagnosisOf(job)).toContain(
      `waits in open("${job.directory}/algo-1/input/data/training_1") for somebody to write: training_0 comes first`,
    );
  },
);

test('while a job is being stopped nobody is told that it has stalled', async () => {
  await using job = jobs.sh(
    "trap '' TERM; echo ready; while :; do sleep 0.05; done",
    {},
    { stopGraceMs: 1500, stalledAfterMs: 300, stallTimeoutMs: 400 },
  );
  let count = 0;
  job.on('stalled', () => count++);
  for await (const { text } of job.logs()) if (text === 'ready') break;
  const before = count;
  await job.stop();
  expect(count).toBe(before);
  expect((await job.finished()).findings.map(({ id }) => id)).toContain('sigterm-ignored');
});

test.runIf(process.platform === 'linux')(
  'the diagnosis of several hosts stays until they have ended',
  async () => {
    await using job = jobs.sh(
      'cat $ML/input/data/training_1',
      { ResourceConfig: { InstanceCount: 6 } },
      { stallTimeoutMs: 500, channels: { training: DATA } },
    );
    expect(await diagnosisOf(job)).toContain('training_0 comes first: nobody has opened it');
  },
);

describeWithEngine('in a container', () => {
  test('the diagnosis stays until it has ended', async () => {
    await using job = jobs.start(
      {
        AlgorithmSpecification: {
          TrainingInputMode: 'Pipe',
          ContainerEntrypoint: ['cat', '/opt/ml/input/data/training_1'],
        },
      },
      {
        image: TOOLS,
        container: { engine: engineHost },
        stallTimeoutMs: 500,
        channels: { training: DATA },
      },
    );
    expect(await diagnosisOf(job)).toContain('training_0 comes first: nobody has opened it');
  });
});
