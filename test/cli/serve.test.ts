import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';
import { ask, nodeServer, PATIENT, pythonServer, served, startServing } from './serving.js';
import { Terminal } from './terminal.js';

const scratch = useScratch();

/** For servers that take no notice of SIGTERM, as the first process of a container does not by itself. */
const HURRY = ['--stop-grace', '0.2'];

const CTRL_C = '\x03';

/** To its end, which it comes to by itself. */
async function outcome(args: readonly string[]) {
  await using command = new Command(['serve', ...args]);
  const status = await command.status();
  return { status, stdout: command.stdout.text, stderr: command.stderr.text };
}

test('serves the model of a document, whose paths are relative to it, and stops it by SIGTERM', async () => {
  scratch.files({ 'model/weights': '3', 'model.yaml': 'ModelDataUrl: model\nEndpointName: my-endpoint\n' });
  await using command = startServing([scratch.path('model.yaml'), ...HURRY], pythonServer);
  const url = await served(command);
  const body = '5.1,3.5';
  const response = await fetch(`${url}/endpoints/my-endpoint/invocations`, { method: 'POST', body });
  expect(await response.json()).toEqual({ args: ['serve'], model: ['weights'], body });
  expect(await command.end('SIGTERM')).toBe(0);
  expect(command.stdout.text).toBe('listens\n');
  const [status, ready, invocation, stopping, summary] = command.stderr.lines;
  expect([status, ready]).toEqual(['status status=Creating', `ready endpoint=my-endpoint url=${url}`]);
  expect(invocation).toMatch(
    /^invocation path=\/endpoints\/my-endpoint\/invocations status=200 instance=instance-1 durationMs=[\d.]+$/,
  );
  expect(stopping).toBe('sagemaker-pipe: stopping the endpoint (again: kill it)');
  expect(summary).toMatch(/^Endpoint "my-endpoint": stopped after [\d.]+ m?s; 1 request, 0 errors$/);
});

describe('a document', () => {
  const container = { Image: 'some-image', ModelDataUrl: 'model', Environment: { A: '1', B: '2' } };
  const variant = {
    VariantName: 'blue',
    ModelName: 'm',
    InitialInstanceCount: 2,
    InstanceType: 'ml.m5.large',
  };
  const createModel = {
    ModelName: 'm',
    ExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
    PrimaryContainer: container,
  };
  const createConfig = { EndpointConfigName: 'c', ProductionVariants: [variant], Tags: [] };

  test.each<[string, object]>([
    ['the members of both in one object', { ...container, ...variant }],
    ['requests of CreateModel and CreateEndpointConfig', { ...createModel, ...createConfig }],
  ])('may be %s', async (_name, document) => {
    scratch.files({ 'model/weights': '3', 'job.json': JSON.stringify(document) });
    const program = ['sh', '-c', 'echo $A $B; exec "$@"', 'sh', ...nodeServer];
    await using command = startServing([scratch.path('job.json'), '--env', 'B=3=4', '--env', 'C=5'], program);
    const url = await served(command);
    const response = await fetch(`${url}/invocations`, { method: 'POST', body: 'x' });
    expect(response.headers.get('x-amzn-invoked-production-variant')).toBe('blue');
    expect(await response.json()).toMatchObject({ model: ['weights'] });
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stdout.lines.sort()).toEqual(
      [1, 2].flatMap((n) => ['1 3=4', 'listens', 'stops'].map((line) => `[instance-${n}] ${line}`)),
    );
  });

  test('may be left out, and come by the standard input', () => {
    const model = scratch.files({ weights: '3' });
    const script = 'ls /opt/ml/model; exit 3';
    const run = (args: readonly string[], input: string) => {
      const line = [commandFile, 'serve', ...args, ...PATIENT, '--', 'sh', '-c', script, 'sh'];
      return spawnSync(process.execPath, line, { input, encoding: 'utf8', cwd: model });
    };
    for (const [args, input] of [
      [['--model', '.'], ''],
      [['-'], `ModelDataUrl: ${model}\n`],
    ] as const) {
      expect(run(args, input)).toMatchObject({ status: 1, stdout: 'weights\n' });
    }
  });

  test.each<[string, object | string, readonly string[], RegExp]>([
    [
      'several variants',
      { ProductionVariants: [variant, variant] },
      [],
      /expected ProductionVariants to have one entry/,
    ],
    [
      'several containers',
      { Containers: [container, container] },
      [],
      /expected Containers to have one entry/,
    ],
    ['no object', '[1]', [], /is no request: expected members such as ModelDataUrl/],
    [
      'a slip',
      { ...createModel, InitialInstancCount: 2 },
      [],
      /InitialInstancCount .*InitialInstanceCount.*\(INVALID_REQUEST\)/s,
    ],
    [
      'two problems',
      { EndpointName: '-', InitialInstanceCount: 0 },
      [],
      /has 2 problems:\n- .*\n- .*\(INVALID_REQUEST\)/,
    ],
    ['no pair', {}, ['--env', 'A'], /Expected --env NAME=VALUE, got "A"/],
    [
      'variables that are a list',
      { Environment: ['A'] },
      ['--env', 'A=1'],
      /Environment .*\(INVALID_REQUEST\)/,
    ],
    [
      'a program and an image',
      {},
      ['--image', 'i'],
      /either a program after "--" or --image IMAGE, got both/,
    ],
  ])('may not be, or be beside, %s', async (_name, document, options, message) => {
    scratch.files({ 'job.yaml': typeof document === 'string' ? document : JSON.stringify(document) });
    const { status, stderr } = await outcome([scratch.path('job.yaml'), ...options, '--', 'true']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
  });
});

test('without anything to run, and with a program that is not there', async () => {
  expect(await outcome([])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Expected the program to serve with, after "--", or an image'),
  });
  expect(await outcome([...PATIENT, '--', 'no-such-program'])).toMatchObject({ status: 127 });
});

test('--json: all of it on stdout, an object per line', async () => {
  await using command = startServing(['--json', '--name', 'e'], nodeServer);
  await command.stdout.shows(/"event":"ready"/);
  const events = () => command.stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { url } = events().find(({ event }) => event === 'ready')!;
  expect(await ask(String(url), 'count')).toBe(200);
  expect(await ask(String(url), '4xx')).toBe(424);
  expect(await ask(String(url), 'die')).toBe(500);
  await command.stdout.shows(/"event":"instanceRestarted"/);
  expect(await command.end('SIGINT')).toBe(0);
  const seen = events().map(({ time: _time, durationMs: _durationMs, ...event }) => event);
  const path = '/invocations';
  expect(seen).toEqual(
    expect.arrayContaining([
      { event: 'status', status: 'Creating' },
      { event: 'log', instance: 'instance-1', stream: 'stdout', text: 'listens' },
      { event: 'ready', endpoint: 'e', url },
      { event: 'invocation', path, status: 200, instance: 'instance-1' },
      { event: 'invocation', path, status: 424, message: expect.stringContaining('client error (415)') },
      { event: 'invocation', path, status: 500, message: expect.stringContaining('may have been handled') },
      { event: 'instanceEnded', instance: 'instance-1', exitCode: 3 },
      { event: 'instanceRestarted', instance: 'instance-1', restarts: 1 },
      { event: 'total', requests: 3, errors: 2 },
    ]),
  );
});

test('a server that does not come up: what /ping answered last, the end of the log, and status 1', async () => {
  const late = `
    console.log('no luck');
    require('node:http').createServer((_, response) => response.writeHead(503).end('loading')).listen(8080)`;
  const { status, stdout, stderr } = await outcome([
    ...PATIENT,
    '--startup-timeout',
    '1.5',
    '--name',
    'e',
    '--',
    process.execPath,
    '-e',
    late,
    '--',
  ]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'no luck\n' });
  expect(stderr).toMatch(
    /sagemaker-pipe: Endpoint "e": instance-1 has not answered \/ping .*\n\/ping the last time: 503 "loading", .*\nThe last lines of its log:\n {2}no luck\nFindings:\n {2}no-ping: .* \(ENDPOINT_TIMED_OUT\)\n/,
  );
});

test('a server that does not stay up: status 1', async () => {
  const dies = `
    const { existsSync, writeFileSync } = require('node:fs');
    if (existsSync('/opt/ml/model/dead')) process.exit(4);
    require('node:http').createServer((request, response) => {
      if (request.url === '/ping') return response.end();
      writeFileSync('/opt/ml/model/dead', '');
      process.exit(3);
    }).listen(8080)`;
  await using command = startServing([], [process.execPath, '-e', dies, '--']);
  await ask(await served(command), 'text/csv');
  expect(await command.status()).toBe(1);
  expect(command.stderr.text).toMatch(/^instanceEnded instance=instance-1 exitCode=3$/m);
  expect(command.stderr.text).toMatch(/^instanceFailed instance=instance-1 message=/m);
  expect(command.stderr.text).toMatch(/^sagemaker-pipe: Endpoint .* ended with exit code 4 /m);
  expect(command.stderr.text).toContain('(ENDPOINT_FAILED)');
});

test('a port that is taken is told at once', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { status, stdout, stderr } = await outcome(['--port', String(port), '--', 'echo']);
  other.close();
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^sagemaker-pipe: Port ${port} of 127\\.0\\.0\\.1 is taken already.* \\(PORT_IN_USE\\)\\n$`),
  );
});

describe('signals', () => {
  const deaf = `
    process.on('SIGTERM', () => console.log('deaf'));
    require('node:http').createServer((_, response) => response.end()).listen(8080)`;

  test('a second one kills a server that takes no notice of the first', async () => {
    await using command = startServing([], [process.execPath, '-e', deaf, '--']);
    await served(command);
    command.child.kill('SIGINT');
    await command.stdout.shows(/deaf/);
    expect(await command.end('SIGTERM')).toBe(143);
  });

  test('a server that takes no notice is killed when its grace is over', async () => {
    await using command = startServing(HURRY, [process.execPath, '-e', deaf, '--']);
    await served(command);
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stdout.text).toBe('deaf\n');
  });

  test('one that comes before it is in service stops it, too', async () => {
    const script = 'trap "echo stopped; exit 0" TERM; echo begins; while :; do sleep 0.05; done';
    await using command = startServing(['--name', 'e'], ['sh', '-c', script, 'sh']);
    await command.stdout.shows(/begins/);
    expect(await command.end('SIGINT')).toBe(130);
    expect(command.stdout.text).toBe('begins\nstopped\n');
    expect(command.stderr.text).toMatch(/Endpoint "e": stopped after /);
    expect(command.stderr.text).not.toContain('ENDPOINT_STOPPED');
  });
});

test('goes on when the reader of its output leaves', async () => {
  const chatty = `
    require('node:http').createServer((request, response) => {
      if (request.url !== '/ping') console.log('x'.repeat(100_000));
      response.end('fine');
    }).listen(8080, () => console.log('listens'))`;
  await using command = startServing(HURRY, [process.execPath, '-e', chatty, '--']);
  const url = await served(command);
  await command.stdout.shows(/listens/);
  command.child.stdout!.destroy();
  for (let count = 0; count < 20; count++) expect(await ask(url, 'text/csv')).toBe(200);
  expect(await command.end('SIGINT')).toBe(0);
  expect(command.stderr.text).toContain('20 requests, 0 errors');
});

test('--directory: its files stay', async () => {
  const directory = scratch.path('run');
  await using command = startServing(['--directory', directory], nodeServer);
  await served(command);
  expect(await command.end('SIGINT')).toBe(0);
  expect(readdirSync(directory).sort()).toEqual(['instance-1', 'logs']);
});

test('on a terminal: a live line below what the server writes, and the errors', async () => {
  const args = ['serve', '--name', 'e', '--instances', '2', ...PATIENT, '--', ...nodeServer];
  await using terminal = new Terminal(args, { columns: 140 });
  await terminal.shows(/^Creating · /);
  await terminal.shows(/^Endpoint "e" is in service at http:\S+\. Ctrl-C stops it\.$/);
  const [, url] = /in service at (http:\S+)\. /.exec(terminal.output.text)!;
  await terminal.shows(/^InService · 0 requests · 0 errors · busy: 0, 0$/);
  await ask(url!, 'count');
  await ask(url!, '4xx');
  await terminal.shows(
    /^InService · 2 requests · 1 error · p50 \S+ ms, p95 \S+ ms, p99 \S+ ms · busy: 0, 0$/,
  );
  await terminal.shows(/^POST \/invocations: 424\. Received client error \(415\) from primary/);
  await terminal.shows(/^\[instance-2\] listens$/);
  await ask(url!, 'die');
  await terminal.shows(/^instance-\d ended with exit code 3\. It is started again\.$/);
  await terminal.shows(/^instance-\d is in service again\.$/);
  await terminal.shows(/ · busy: 0, 0 · 1 restart$/);
  terminal.type(CTRL_C);
  expect(await terminal.status()).toBe(0);
  await expect
    .poll(() => terminal.screen.lines.slice(-2).join('\n'))
    .toMatch(/^Endpoint "e": stopped after [\d.]+ m?s; 3 requests, 2 errors\n {2}findings: none$/);
});
