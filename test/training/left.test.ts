import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { TrainingJobOptions } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

/** Everything that a directory can have in it, and that nobody thinks of. */
const STRANGE = `
import os, socket, stat
os.chdir(os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml') + '/model')
socket.socket(socket.AF_UNIX).bind('socket')
os.mkfifo('fifo')
try: os.mknod('device', 0o600 | stat.S_IFCHR, os.makedev(1, 5))
except PermissionError: pass
os.symlink('/etc/passwd', 'absolute')
os.symlink('../../../../../../../../etc/passwd', 'up')
os.symlink('gone', 'gone')
os.symlink('.', 'loop')
open('file', 'w').write('text')
os.link('file', 'hard')
open(b'\\xff\\xfe', 'w').write('bytes')
open('setuid', 'w').write('root')
os.chmod('setuid', 0o6755)
open('n' * 200, 'w').write('long')
os.makedirs('/'.join(['d' * 200] * 5) + '/empty')
os.chdir('../output/data')
os.mkfifo('fifo')
open('x', 'w').write('data')
print('left')
`;

const LONG = Array<string>(5).fill('d'.repeat(200));
const LINKS = { absolute: '/etc/passwd', gone: 'gone', loop: '.', up: '../../../../../../../../etc/passwd' };

/** The members of an archive, by Python's tarfile: their type, their name and, of links, what they say. */
function membersOf(archive: string): string[] {
  const script = `
import sys, tarfile
for m in tarfile.open(sys.argv[1], errors='surrogateescape'):
    kind = 'file' if m.isreg() else 'dir' if m.isdir() else 'link' if m.issym() else 'hard' if m.islnk() else 'other'
    sys.stdout.buffer.write(('%s %s %s\\n' % (kind, m.name, m.linkname)).encode('utf8', 'surrogateescape'))`;
  const { stdout, stderr } = spawnSync('python3', ['-c', script, archive], { encoding: 'latin1' });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trim());
}

const MEMBERS = [
  ...Object.entries(LINKS).map(([name, target]) => `link ${name} ${target}`),
  ...LONG.map((_, depth) => `dir ${LONG.slice(0, depth + 1).join('/')}`),
  `dir ${LONG.join('/')}/empty`,
  'file file',
  'hard hard file',
  `file ${'n'.repeat(200)}`,
  'file setuid',
  'file \xff\xfe',
];

async function outcomeOf(options: TrainingJobOptions, compression: 'GZIP' | 'NONE'): Promise<void> {
  jobs.files({ 'code/train.py': STRANGE });
  await using job = jobs.start(
    {
      TrainingJobName: 'strange',
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        ContainerEntrypoint: [
          'sh',
          '-c',
          'exec python3 ${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data/code/train.py',
        ],
      },
      OutputDataConfig: { S3OutputPath: jobs.path('artifacts'), CompressionType: compression },
    },
    { ...options, channels: { code: { source: jobs.path('code') } } },
  );
  const { model, output } = await job.finished();
  const artifacts = jobs.path('artifacts/strange/output');
  if (compression === 'GZIP') {
    expect(membersOf(join(artifacts, 'model.tar.gz')).sort()).toEqual([...MEMBERS].sort());
    expect(membersOf(join(artifacts, 'output.tar.gz'))).toEqual(['file x']);
  } else {
    const { stdout } = spawnSync('find', [join(artifacts, 'model'), '-mindepth', '1', '-printf', '%P\\n'], {
      encoding: 'latin1',
    });
    expect(stdout.trim().split('\n').sort()).toEqual(MEMBERS.map((member) => member.split(' ')[1]!).sort());
    expect(lstatSync(join(artifacts, 'model/setuid')).mode & 0o7000).toBe(0);
    for (const [name, target] of Object.entries(LINKS))
      expect(readlinkSync(join(artifacts, 'model', name))).toBe(target);
    expect(readdirSync(join(artifacts, 'output'))).toEqual(['x']);
  }
  expect(model.list()).toEqual(
    [...Object.keys(LINKS), 'file', 'hard', 'n'.repeat(200), 'setuid', '\ufffd\ufffd'].sort(),
  );
  expect(await model.readText('n'.repeat(200))).toBe('long');
  expect(output.list()).toEqual(['x']);
}

const COMPRESSIONS = ['GZIP', 'NONE'] as const;

describe.each(COMPRESSIONS)('a model directory with everything that there is: %s', (compression) => {
  test.each(['namespace', 'none'] as const)('isolation: %s', async (isolation) => {
    await outcomeOf({ command: ['true'], isolation }, compression);
  });
  describeWithEngine('container', () => {
    test('of a container', async () => {
      await outcomeOf({ image: TOOLS, container: { engine: engineHost } }, compression);
    });
  });
});

/** What a job has uploaded, lists and finds whose program does that. Its artifacts and checkpoints go to directories. */
async function leftBy(script: string, options: TrainingJobOptions, hosts = 1) {
  jobs.files({
    'code/train.sh': `cd \${SAGEMAKER_BASE_DIR:-/opt/ml}; OUT=${jobs.path('out')}; ${script}`,
    'out/x': '',
  });
  await using job = jobs.start(
    {
      TrainingJobName: 'linked',
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '-c', 'exec sh ${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data/code/train.sh'],
      },
      ResourceConfig: { InstanceCount: hosts, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
      OutputDataConfig: { S3OutputPath: jobs.path('artifacts') },
      CheckpointConfig: { S3Uri: jobs.path('checkpoints') },
    },
    { ...options, channels: { code: { source: jobs.path('code') } } },
  );
  const { model, findings, uploaded, checkpoints } = await job.finished();
  return {
    uploaded: uploaded.model === undefined ? undefined : membersOf(uploaded.model),
    model: model.list(),
    checkpoints: [checkpoints.list(), readdirSync(jobs.path('checkpoints'))],
    empty: findings.some(({ id }) => id === 'empty-model'),
  };
}

describe.each([
  ['on one host', 1],
  ['on two', 2],
])('a link in the place of a directory, %s', (_hosts, hosts) => {
  const nothing = { uploaded: undefined, model: [], checkpoints: [[], []], empty: true };
  const cases: [string, string, object][] = [
    ['model leads out of /opt/ml', 'rm -r model; ln -s $OUT model', nothing],
    ['output leads out of it', 'rm -r output model; ln -s / output; ln -s output$OUT model', nothing],
    ['model is gone', 'rm -r model', nothing],
    ['model is a file', 'rm -r model; echo x > model', nothing],
    ['checkpoints lead out of it', 'rm -r checkpoints; ln -s $OUT checkpoints', nothing],
    [
      'model leads to output/data',
      'rm -r model; ln -s /opt/ml/output/data model; echo x > model/m',
      { ...nothing, uploaded: ['file m'], model: ['m'], empty: false },
    ],
  ];

  test.each(cases)('%s', async (_case, script, expected) => {
    expect(await leftBy(script, { command: ['true'] }, hosts)).toEqual(expected);
  });

  describeWithEngine('container', () => {
    test('all of them are in containers', async () => {
      const options = { image: TOOLS, container: { engine: engineHost } };
      const script = 'rm -r model checkpoints; ln -s $OUT model; ln -s $OUT checkpoints';
      expect(await leftBy(script, options, hosts)).toEqual(nothing);
    });
  });
});

test.each(['mkfifo', 'ln -s /dev/zero', 'mkdir', 'truncate -s 20G'])(
  'what was a configuration file is looked at, and not waited for: %s',
  async (make) => {
    const path = '$ML/input/config/hyperparameters.json';
    await using job = jobs.sh(`echo m > $ML/model/m; rm ${path}; ${make} ${path}`);
    const { findings } = await job.finished();
    expect(findings.map(({ id }) => id)).toEqual(['input-written']);
  },
);

test.each([
  ['of a gigabyte', 'printf first > $ML/output/failure; truncate -s 1G $ML/output/failure'],
  ['that is no UTF-8', "printf 'first\\377' > $ML/output/failure"],
  ['by way of a link', 'echo first > $ML/model/why; ln -s /opt/ml/model/why $ML/output/failure'],
])('a failure file %s', async (_what, write) => {
  await using job = jobs.sh(`${write}; exit 1`);
  const { failureReason } = await failureOf(job);
  expect(failureReason).toMatch(/^AlgorithmError: first/);
  expect(failureReason!.length).toBeLessThanOrEqual(1024);
});

test.each([
  ['a link out', 'ln -s /etc/shadow $ML/output/failure'],
  ['a directory', 'mkdir $ML/output/failure'],
  ['a FIFO', 'mkfifo $ML/output/failure'],
  ['in a directory that is a link out', 'rm -r $ML/output; ln -s /etc $ML/output'],
])('a failure file that is none: %s', async (_what, make) => {
  await using job = jobs.sh(`${make}; exit 1`);
  expect((await failureOf(job)).failureReason).toBe('AlgorithmError: , exit code: 1');
});
