import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();
const on = (InstanceCount: number) => ({ ResourceConfig: { InstanceCount } });

/** Each host tells the next one its name, and the last one tells the first. */
const RING = `
import json, os, socket
config = json.load(open('/opt/ml/input/config/resourceconfig.json'))
hosts, me = config['hosts'], config['current_host']
server = socket.create_server((me, 7007))
following = hosts[(hosts.index(me) + 1) % len(hosts)]
while True:
    try:
        client = socket.create_connection((following, 7007))
        break
    except ConnectionRefusedError:
        pass
client.sendall(me.encode())
client.shutdown(socket.SHUT_WR)
before = server.accept()[0].makefile().read()
data = open('/opt/ml/input/data/train_0').read()
open(f'/opt/ml/model/{me}', 'w').write(f'{before} {socket.gethostname()} {data}')
open('/opt/ml/model/same', 'w').write(me)
`;

test('three hosts exchange a message by name, and divide the data; two such jobs at once', async () => {
  jobs.files({ 'data/a': 'A', 'data/b': 'B', 'data/c': 'C' });
  const request = {
    ...on(3),
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 'data/',
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
      },
    ],
  };
  const start = () => jobs.python(RING, request, { baseDir: jobs.dir });
  await using first = start();
  await using second = start();
  for (const job of [first, second]) {
    const result = await job.finished();
    expect(result.model.list()).toEqual(['algo-1', 'algo-2', 'algo-3', 'same']);
    expect(await result.model.readText('algo-1')).toBe('algo-3 algo-1 A');
    expect(await result.model.readText('algo-2')).toBe('algo-1 algo-2 B');
    expect(await result.model.readText('algo-3')).toBe('algo-2 algo-3 C');
    expect(await result.model.readText('same')).toBe('algo-1'); // the first host's counts
    expect(result.hosts.map(({ name, exitCode, model }) => [name, exitCode, model.list()])).toEqual([
      ['algo-1', 0, ['algo-1', 'same']],
      ['algo-2', 0, ['algo-2', 'same']],
      ['algo-3', 0, ['algo-3', 'same']],
    ]);
    expect(result.findings).toEqual([]);
  }
});

test('eleven hosts: by their numbers here, and as the service sorts them there', async () => {
  await using job = jobs.sh('cp $ML/input/config/resourceconfig.json $ML/model/$(hostname)', on(11));
  const result = await job.finished();
  expect(result.hosts.map(({ name }) => name).slice(8)).toEqual(['algo-9', 'algo-10', 'algo-11']);
  expect(JSON.parse(await result.model.readText('algo-10'))).toMatchObject({
    current_host: 'algo-10',
    hosts: expect.arrayContaining(['algo-1', 'algo-11']) as string[],
  });
});

test('groups of instances have a channel each', async () => {
  const group = (InstanceGroupName: string, InstanceCount: number) => ({
    InstanceGroupName,
    InstanceCount,
    InstanceType: 'ml.m5.large',
  });
  jobs.files({ 'gpu/x': 'for gpu', 'cpu/x': 'for cpu' });
  const channel = (name: string) => ({
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `${name}/`, InstanceGroupNames: [name] },
    },
  });
  await using job = jobs.sh(
    'cat $ML/input/data/*_0 > $ML/model/$(hostname)',
    {
      ResourceConfig: { InstanceGroups: [group('gpu', 1), group('cpu', 2)] },
      InputDataConfig: [channel('gpu'), channel('cpu')],
    },
    { baseDir: jobs.dir },
  );
  const result = await job.finished();
  const texts = await Promise.all(['algo-1', 'algo-2', 'algo-3'].map((name) => result.model.readText(name)));
  expect(texts).toEqual(['for gpu', 'for cpu', 'for cpu']);
});

test('the job fails when one host fails: the others are stopped', async () => {
  await using job = jobs.sh(
    `[ $(hostname) = algo-2 ] && { sleep 1; echo "no luck" >&2; echo "out of luck" > $ML/output/failure; exit 3; }
     trap 'echo stopped; exit 0' TERM; echo waiting; while :; do sleep 0.05; done`,
    on(3),
  );
  const began = performance.now();
  const error = await failureOf(job);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(error.message).toContain('its algorithm ended with exit code 3 on algo-2.');
  expect(error.message).toMatch(/last lines of algo-2:\n {2}no luck\n/);
  expect(error).toMatchObject({ exitCode: 3, failureReason: 'AlgorithmError: out of luck\n, exit code: 3' });
  expect(error.result.hosts.map(({ exitCode }) => exitCode)).toEqual([0, 3, 0]);
  const texts: string[] = [];
  for await (const { host, text } of job.logs()) texts.push(`${host} ${text}`);
  expect(texts.filter((text) => text.endsWith('stopped')).sort()).toEqual([
    'algo-1 stopped',
    'algo-3 stopped',
  ]);
});

test('a host that is still starting when another one fails is stopped, too', async () => {
  for (let round = 0; round < 3; round++) {
    await using job = jobs.sh('[ $(hostname) = algo-1 ] && exit 3; exec sleep 15', on(8), {
      stopGraceMs: 200,
    });
    const error = await failureOf(job);
    expect(error).toMatchObject({ exitCode: 3, failureReason: 'AlgorithmError: , exit code: 3' });
    expect(error.result.hosts.slice(1).map(({ exitCode }) => exitCode)).toEqual(Array(7).fill(null)); // none slept to its end
  }
});

test.each(['stop', 'abort', 'disposal'])(
  'when one host has failed, %s ends the grace of the others',
  async (by) => {
    const controller = new AbortController();
    const job = jobs.sh(
      `[ $(hostname) = algo-1 ] && { sleep 1; echo failed; exit 3; }
     trap '' TERM; while :; do sleep 0.05; done`,
      on(2),
      { signal: controller.signal },
    );
    const failure = failureOf(job);
    for await (const { text } of job.logs()) if (text === 'failed') break;
    await delay(300);
    expect(job.status).toBe('InProgress'); // it has 5 s
    if (by === 'stop') void job.stop();
    if (by === 'abort') controller.abort();
    if (by === 'disposal') void job[Symbol.asyncDispose]();
    const { exitCode, status, result } = await failure;
    expect({ exitCode, status }).toEqual({ exitCode: 3, status: 'Failed' });
    expect(result.hosts.map(({ signal }) => signal)).toEqual([null, 'SIGKILL']);
    expect(result.findings.map(({ id }) => id)).not.toContain('sigterm-ignored'); // it did not get its 5 s
    await job[Symbol.asyncDispose]();
  },
);

test('a job is stopped on all hosts; one that ignores it is killed', async () => {
  await using job = jobs.sh(
    `[ $(hostname) = algo-1 ] && trap '' TERM; [ $(hostname) = algo-2 ] && trap 'exit 9' TERM; touch $ML/model/$(hostname); while :; do sleep 0.05; done`,
    on(2),
    { stopGraceMs: 300 },
  );
  await new Promise((resolve) => job.once('status', resolve));
  for (let running = false; !running; await new Promise((resolve) => setTimeout(resolve, 20)))
    running = job.describe().SecondaryStatus === 'Training';
  await job.stop();
  const result = await job.finished();
  expect(result.status).toBe('Stopped');
  expect(result.hosts.map(({ signal, exitCode }) => signal ?? exitCode)).toEqual(['SIGKILL', 9]);
  expect(result.findings.map(({ id }) => id)).toContain('sigterm-ignored');
});

test('without names of their own there is one host', async () => {
  expect(() => jobs.sh('', on(2), { isolation: 'none' })).toThrow('one instance');
});
