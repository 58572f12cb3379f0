import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PipeModeError } from 'sagemaker-pipe-mode';
import {
  startTrainingJob,
  type TrainingJobOptions,
  type TrainingJobRequest,
} from 'sagemaker-pipe-mode/training';
import { expect, test, vi } from 'vitest';

import {
  AS_USER,
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../support/engine/engine.js';
import { rejection, thrown } from '../support/expected-errors.js';
import { runProgram } from '../support/program.js';
import { useJobs, failureOf } from './support/use-jobs.js';

const jobs = useJobs();

const container = { engine: engineHost || undefined };

/** The same in three languages: adds up the numbers of all objects, as often as it is told. */
const ALGORITHMS = {
  'train.py': `import json, os, sys
ml = os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml')
config = ml + '/input/config/'
parameters = json.load(open(config + 'hyperparameters.json'))
mode = json.load(open(config + 'inputdataconfig.json'))['numbers']['TrainingInputMode']
def texts():
    if mode == 'File':
        names = sorted(os.listdir(ml + '/input/data/numbers'))
        for name in names: yield open(ml + '/input/data/numbers/' + name).read()
    else:
        for epoch in range(int(parameters['epochs'])):
            yield open('%s/input/data/numbers_%d' % (ml, epoch)).read()
total = sum(int(line) for text in texts() for line in text.split())
print('total=%d;' % total)
open(ml + '/model/total', 'w').write('%d\\n' % total)
open(ml + '/output/data/arguments', 'w').write(' '.join(sys.argv[1:]))
`,
  'train.sh': `set -e
ml=\${SAGEMAKER_BASE_DIR:-/opt/ml}
epochs=$(sed 's/.*"epochs":"\\([0-9]*\\)".*/\\1/' $ml/input/config/hyperparameters.json)
total=0
if grep -q '"TrainingInputMode":"File"' $ml/input/config/inputdataconfig.json && [ -d $ml/input/data/numbers ]; then
  for number in $(cat $ml/input/data/numbers/*); do total=$((total + number)); done
else
  epoch=0
  while [ $epoch -lt $epochs ]; do
    for number in $(cat $ml/input/data/numbers_$epoch); do total=$((total + number)); done
    epoch=$((epoch + 1))
  done
fi
echo "total=$total;"
echo $total > $ml/model/total
printf '%s' "$*" > $ml/output/data/arguments
`,
  'train.js': `const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const ml = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml';
const read = (path) => JSON.parse(readFileSync(ml + '/input/config/' + path, 'utf8'));
const mode = read('inputdataconfig.json').numbers.TrainingInputMode;
const data = ml + '/input/data/';
const paths = mode === 'File'
  ? readdirSync(data + 'numbers').sort().map((name) => data + 'numbers/' + name)
  : Array.from({ length: read('hyperparameters.json').epochs }, (_, epoch) => data + 'numbers_' + epoch);
let total = 0;
for (const path of paths) for (const line of readFileSync(path, 'utf8').split('\\n')) total += Number(line);
console.log('total=' + total + ';');
writeFileSync(ml + '/model/total', total + '\\n');
writeFileSync(ml + '/output/data/arguments', process.argv.slice(2).join(' '));
`,
};

const INTERPRETERS: Readonly<Record<string, string>> = {
  'train.py': 'python3',
  'train.sh': 'sh',
  'train.js': 'node',
};

/** A job with one of the algorithms in a channel, as script mode has it. */
function request(script: string, mode: 'Pipe' | 'File'): TrainingJobRequest {
  return {
    HyperParameters: { epochs: '2' },
    AlgorithmSpecification: {
      TrainingInputMode: mode,
      ContainerEntrypoint: [INTERPRETERS[script]!, `/opt/ml/input/data/code/${script}`],
      ContainerArguments: ['train', '--fast'],
      MetricDefinitions: [{ Name: 'total', Regex: 'total=(\\d+);' }],
    },
    InputDataConfig: [{ ChannelName: 'code', InputMode: 'File', DataSource: undefined }],
  };
}

function options(more: Partial<TrainingJobOptions>): TrainingJobOptions {
  return {
    baseDir: jobs.dir,
    channels: { code: { source: 'code' }, numbers: { source: 'numbers' } },
    ...more,
  };
}

/** All that a job is judged by. */
async function outcomeOf(request: TrainingJobRequest, more: Partial<TrainingJobOptions>) {
  await using job = startTrainingJob(request, options(more));
  const result = await job.finished();
  const { HostName: _, ...resources } = JSON.parse(
    readFileSync(join(job.directory, 'algo-1/input/config/resourceconfig.json'), 'utf8'),
  ) as Record<string, unknown>;
  return {
    status: result.status,
    total: await result.model.readText('total'),
    arguments: await result.output.readText('arguments'),
    model: result.model.list(),
    output: result.output.list(),
    findings: result.findings.map(({ id }) => id),
    metrics: result.metrics.map(({ name, last }) => [name, last?.value]),
    interface: resources['network_interface_name'],
  };
}

describeWithEngine('a job in a container', () => {
  test.each(
    (['Pipe', 'File'] as const).flatMap((mode) =>
      Object.keys(ALGORITHMS).map((script) => [script, mode] as const),
    ),
  )('%s in %s mode ends as it does without a container', async (script, mode) => {
    jobs.files({ ...prefixed('code', ALGORITHMS), 'numbers/a': '1\n20\n', 'numbers/b': '300\n' });
    const [inContainer, asProcess] = await Promise.all([
      outcomeOf(request(script, mode), { image: TOOLS, container }),
      outcomeOf(request(script, mode), { command: ['true'] }),
    ]);
    expect(inContainer).toMatchObject({
      total: mode === 'Pipe' ? '642\n' : '321\n',
      arguments: 'train --fast',
      findings: [],
      metrics: [['total', mode === 'Pipe' ? 642 : 321]],
      interface: 'eth0',
    });
    expect({ ...inContainer, interface: '' }).toEqual({ ...asProcess, interface: '' });
  });

  test('the image is the one of the request, and its entrypoint gets "train"', async () => {
    await commitImage('pipe-mode/entrypoint', [
      'ENTRYPOINT ["sh", "-c", "echo $0 > /opt/ml/model/arguments"]',
    ]);
    const AlgorithmSpecification = {
      TrainingInputMode: 'Pipe',
      TrainingImage: 'pipe-mode/entrypoint',
    } as const;
    await using job = startTrainingJob({ AlgorithmSpecification }, { container });
    const result = await job.finished();
    expect(await result.model.readText('arguments')).toBe('train\n');
    expect(job.describe().SecondaryStatusTransitions.map(({ Status }) => Status)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
  });

  test('a failure, with what it says and leaves', async () => {
    await using job = startTrainingJob(
      {
        AlgorithmSpecification: {
          TrainingInputMode: 'Pipe',
          ContainerEntrypoint: ['sh', '-c'],
          ContainerArguments: [
            'echo no > /opt/ml/output/failure; echo half > /opt/ml/model/m; mkdir /opt/ml/mine; exit 4',
          ],
        },
      },
      { image: AS_USER, container },
    );
    const error = await failureOf(job);
    expect(error).toMatchObject({ exitCode: 4, failureReason: 'AlgorithmError: no\n, exit code: 4' });
    expect(await error.result.model.readText('m')).toBe('half\n');
    expect(error.result.findings.map(({ id }) => id)).toEqual(['not-collected']);
  });

  test('checkpoints are at their destination while it runs, and what is deleted is not', async () => {
    jobs.files({
      'checkpoints/step-0': 'zero',
      'code/train.sh': `cd /opt/ml/checkpoints; echo one > step-1; rm step-0; echo saved
        trap 'echo two > step-2; exit 0' TERM; while :; do sleep 0.05; done`,
    });
    await using job = startTrainingJob(
      {
        CheckpointConfig: { S3Uri: jobs.path('checkpoints') },
        AlgorithmSpecification: {
          TrainingInputMode: 'Pipe',
          ContainerEntrypoint: ['sh', '/opt/ml/input/data/code/train.sh'],
        },
      },
      {
        image: TOOLS,
        container,
        channels: { code: { source: jobs.path('code'), inputMode: 'File' } },
      },
    );
    for await (const { text } of job.logs()) if (text === 'saved') break;
    const isSynchronised = () => expect(readdirSync(jobs.path('checkpoints'))).toEqual(['step-1']);
    await vi.waitFor(isSynchronised, { timeout: 100_000, interval: 100 });
    expect(job.describe().SecondaryStatus).toBe('Training');
    const { ino } = lstatSync(jobs.path('checkpoints/step-1'));
    await job.stop();
    expect((await job.finished()).checkpoints.list()).toEqual(['step-1', 'step-2']);
    expect(readdirSync(jobs.path('checkpoints'))).toEqual(['step-1', 'step-2']);
    expect(lstatSync(jobs.path('checkpoints/step-1')).ino).toBe(ino); // it was not copied again
  }, 120_000);

  test('a shell keeps SIGTERM to itself, and that is a finding', async () => {
    await using job = startTrainingJob(
      {
        AlgorithmSpecification: {
          TrainingInputMode: 'Pipe',
          ContainerEntrypoint: ['sh', '-c', 'echo ready; sleep 60; true'],
        },
      },
      { image: TOOLS, container, stopGraceMs: 200 },
    );
    for await (const { text } of job.logs()) if (text === 'ready') break;
    await job.stop();
    const result = await job.finished();
    expect(result).toMatchObject({ status: 'Stopped', signal: 'SIGKILL' });
    expect(result.findings.map(({ id }) => id)).toContain('sigterm-ignored');
  });

  test('a channel that fails ends the algorithm before it can see an end of the data', async () => {
    let onReading = () => {};
    const reading = new Promise<void>((resolve) => (onReading = resolve));
    const broken = {
      async *[Symbol.asyncIterator]() {
        yield Buffer.from('half');
        await reading; // or the algorithm would not even be started
        throw new Error('the disk is gone');
      },
    };
    const script =
      'echo reading; cat /opt/ml/input/data/train_0 > /opt/ml/output/data/read; echo > /opt/ml/output/data/ended; sleep 60';
    await using job = startTrainingJob(
      { AlgorithmSpecification: { TrainingInputMode: 'Pipe', ContainerEntrypoint: ['sh', '-c', script] } },
      { image: TOOLS, container, channels: { train: { source: [{ key: 'k', body: () => broken }] } } },
    );
    job.on('log', onReading);
    const error = await failureOf(job);
    expect(error).toMatchObject({ status: 'Failed', signal: 'SIGKILL', channel: 'train' });
    expect(error.result.output.list()).toEqual(['read']);
  });

  test('an image that is not there, and a program that is not in one', async () => {
    await using missing = startTrainingJob({}, { image: '127.0.0.1:9/no/image', container });
    expect(await rejection(missing.finished())).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
    expect(missing.describe().SecondaryStatusTransitions.map(({ Status }) => Status)).toContain(
      'DownloadingTrainingImage',
    );
    await using train = startTrainingJob({}, { image: TOOLS, container });
    expect((await rejection(train.finished())).message).toMatch(/no program "train" in the image/);
  });

  test.runIf(process.getuid?.() === 0)('of an ordinary user, nothing belongs to root', async () => {
    const uid = 65534;
    const directory = jobs.path('job');
    jobs.files({ 'job/.keep': '' });
    spawnSync('rm', [join(directory, '.keep')]);
    jobs.files({ 'checkpoints/step': '5' });
    const saved = jobs.path('checkpoints');
    spawnSync('chown', ['-R', String(uid), directory, saved]);
    const socket = engineHost.replace('unix://', '');
    chmodSync(socket, 0o666);
    const source = `
      import { startTrainingJob } from 'sagemaker-pipe-mode/training';
      process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
      const job = startTrainingJob(
        { AlgorithmSpecification: { TrainingInputMode: 'Pipe', ContainerEntrypoint: ['sh', '-c'], ContainerArguments: [
          'cd /opt/ml; id -u > model/uid; mkdir -p model/a/b output/data/c; echo x > model/a/b/c; chmod 700 model/a; ln -s x model/l; echo s > stray; cat checkpoints/step >> model/uid; cat input/data/t_0 > output/data/c/t'
        ] }, CheckpointConfig: { S3Uri: ${JSON.stringify(saved)} } },
        { image: '${TOOLS}', container: ${JSON.stringify(container)}, directory: ${JSON.stringify(directory)},
          channels: { t: { source: [{ key: 'k', body: 'data' }] } } });
      const result = await job.finished();
      console.log(await result.model.readText('uid'), await result.output.readText('c/t'));`;
    const { code, lines, stderr } = await runProgram(source, { env: { HOME: '/tmp' } });
    chmodSync(socket, 0o660);
    if (code !== 0) console.error(stderr);
    expect({ code, lines, stderr }).toMatchObject({ code: 0, lines: ['0', '5 data'] });
    const all = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(all).toContain('algo-1/model/a/b/c');
    expect(all).toContain('algo-1/stray');
    expect(all.filter((name) => lstatSync(join(directory, name)).uid !== uid)).toEqual([]);
  });

  test('nothing is left on the engine', async () => {
    expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
  });
});

test('no engine', async () => {
  await using job = startTrainingJob({}, { image: 'x', container: { engine: 'unix:///nowhere.sock' } });
  expect(await rejection(job.finished())).toMatchObject({ code: 'RUNNER_UNAVAILABLE' });
  vi.stubEnv('DOCKER_HOST', 'unix:///elsewhere.sock');
  await using other = startTrainingJob({}, { image: 'x' });
  expect((await rejection(other.finished())).message).toMatch(
    /unix:\/\/\/elsewhere.sock \(from DOCKER_HOST; ENOENT\)/,
  );
  vi.unstubAllEnvs();
});

test.each([
  [
    {},
    'INVALID_REQUEST',
    /AlgorithmSpecification.TrainingImage is required.*Name an image, or give a command/,
  ],
  [{ command: ['x'], image: 'y' }, 'INVALID_OPTION', /`image` to be left out where there is a `command`/],
  [{ command: ['x'], container: {} }, 'INVALID_OPTION', /`container` to be left out/],
  [
    { image: 'x', isolation: 'none' },
    'INVALID_OPTION',
    /`isolation` to be left out where there is no `command`/,
  ],
  [{ image: '' }, 'INVALID_OPTION', /`image` to be an image's name/],
  [{ image: 'x', container: { shm: 1 } }, 'UNKNOWN_OPTION', /`shm`/],
])('what goes together: %o', (given, code, message) => {
  const error = thrown(() => startTrainingJob({}, given as never));
  expect(error).toBeInstanceOf(PipeModeError);
  expect(error).toMatchObject({ code });
  expect(error.message).toMatch(message);
});

function prefixed(prefix: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}/${name}`, text]));
}

/** The image with the tools, changed as a Dockerfile would. */
async function commitImage(repo: string, changes: readonly string[]): Promise<void> {
  const created = await connectToEngine().createContainer({ Image: TOOLS, Cmd: ['true'] });
  await created.commit({ repo, changes: changes.join('\n') });
  await created.remove();
}
