import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';
import { Terminal } from './terminal.js';

const scratch = useScratch();

const CTRL_C = '\x03';

/** Sums up what is in a line of CSV; says no to words, and takes its time for `slow`. Ends at once when it is told to. */
const SUMS = `
const { createServer } = require('node:http');
const { readdirSync } = require('node:fs');
process.on('SIGTERM', () => process.exit());
try { console.log(readdirSync('/opt/ml/model').join(), process.env.A, process.env.B); } catch { console.log('no model'); }
createServer(async (request, response) => {
  if (request.url !== '/invocations') return void response.writeHead(request.url === '/ping' ? 200 : 404).end();
  let body = '';
  try { for await (const chunk of request) body += chunk; } catch { return; }
  if (body.includes('word')) return void response.writeHead(415).end('no words\\n');
  if (body.includes('slow')) return void setTimeout(() => response.end('at last'), 60_000);
  response.end(body.trim().split('\\n').map((line) => eval(line.replaceAll(',', '+'))).join('\\n'));
}).listen(8080, () => console.log('listens'));`;

const SERVER = [process.execPath, '-e', SUMS, '--'];

/** A busy machine takes longer than the 250 ms of the service to hand a connection over. */
const PATIENT = ['--connect-timeout', '10'];

const JOB = {
  TransformJobName: 'my-job',
  ModelName: 'my-model',
  TransformInput: {
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'in/' } },
    ContentType: 'text/csv',
    SplitType: 'Line',
  },
  TransformOutput: { S3OutputPath: 'out', AssembleWith: 'Line' },
  TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
};

const job = () => scratch.path('job.json');
const output = (name: string) => readFileSync(scratch.path(`out/${name}.out`), 'utf8');

beforeEach(() => {
  scratch.files({ 'in/a.csv': '1,2\n3,4\n', 'in/b.csv': '5,6\n', 'job.json': JSON.stringify(JOB) });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function transform(args: readonly string[], program: readonly string[] = SERVER) {
  await using command = new Command(['transform', ...args, ...PATIENT, '--', ...program]);
  const status = await command.status();
  return { status, stdout: command.stdout, stderr: command.stderr };
}

test('transforms what a document names, whose paths are relative to it', async () => {
  const { status, stdout, stderr } = await transform([job()]);
  expect(status, stderr.text).toBe(0);
  expect([output('a.csv'), output('b.csv')]).toEqual(['3\n7\n', '11\n']);
  expect(stdout.lines).toEqual([' undefined undefined', 'listens']);
  const out = scratch.path('out');
  expect(stderr.lines.slice(0, 4)).toEqual([
    'status status=InProgress',
    `object key=a.csv output=${out}/a.csv.out records=2 inputBytes=8 outputBytes=4`,
    `object key=b.csv output=${out}/b.csv.out records=1 inputBytes=4 outputBytes=3`,
    'status status=Completed',
  ]);
  expect(stderr.lines.slice(4).join('\n')).toMatch(
    /^Transform job "my-job": Completed, after [\d.]+ m?s\n {2}transformed: 2 objects, 3 records, 12 B\n/,
  );
  expect(stderr.lines.slice(-3)).toEqual(['  requests: 2', `  output: 7 B → ${out}`, '  findings: none']);
});

test('a server does not find the place of another /opt/ml in its environment', async () => {
  vi.stubEnv('SAGEMAKER_BASE_DIR', '/elsewhere');
  const program = SUMS.replace('process.env.A', 'process.env.SAGEMAKER_BASE_DIR');
  const { status, stdout, stderr } = await transform([job()], [process.execPath, '-e', program, '--']);
  expect(status, stderr.text).toBe(0);
  expect(stdout.lines[0]).toBe(' undefined undefined');
});

test('--model and --env, or the container of CreateModel in the document', async () => {
  scratch.files({ 'model/weights': '1' });
  const container = { Image: 'some-image', ModelDataUrl: 'model', Environment: { A: 'of model', B: '2' } };
  const both = {
    ...JOB,
    Environment: { A: 'of job' },
    PrimaryContainer: container,
    ExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
  };
  scratch.files({ 'both.json': JSON.stringify(both) });
  const byDocument = await transform([scratch.path('both.json')]);
  expect(byDocument.status, byDocument.stderr.text).toBe(0);
  expect(byDocument.stdout.lines[0]).toBe('weights of job 2');
  const flags = ['--model', scratch.path('model'), '--env', 'A=1', '--env', 'B=x=y'];
  const source = { S3DataSource: { S3Uri: 'model', S3DataType: 'S3Prefix', CompressionType: 'None' } };
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`V${index}`, 'x']));
  const uncompressed = {
    ...JOB,
    PrimaryContainer: { ModelDataSource: source, Environment: { ...many, B: '3' } },
  };
  scratch.files({ 'both.json': JSON.stringify(uncompressed) });
  const bySource = await transform([scratch.path('both.json')]);
  expect(bySource.status, bySource.stderr.text).toBe(0);
  expect(bySource.stdout.lines[0]).toBe('weights undefined 3');
  const byFlags = await transform([job(), ...flags]);
  expect(byFlags.status, byFlags.stderr.text).toBe(0);
  expect(byFlags.stdout.lines[0]).toBe('weights 1 x=y');
});

test('an object that is refused: the others have outputs, and the status is 1', async () => {
  scratch.files({ 'in/a.csv': '1,2\nword\n' });
  const { status, stderr } = await transform([job()]);
  expect(status).toBe(1);
  expect([existsSync(scratch.path('out/a.csv.out')), output('b.csv')]).toEqual([false, '11\n']);
  const why = `"a.csv", records 0 to 1 (counted from 0), at byte 0: Received client error (415) from primary with message "no words"`;
  expect(stderr.lines).toContainEqual(
    expect.stringMatching(/^objectFailed key=a.csv record=0 status=415 attempts=1 /),
  );
  const lines = stderr.lines.slice(stderr.lines.indexOf('status status=Failed') + 1);
  expect(lines[0]).toBe(
    'sagemaker-pipe: Transform job "my-job" has failed: 1 of 2 objects could not be transformed, and have no outputs.',
  );
  expect(lines[1]).toContain(why);
  expect(stderr.text).toContain('\n  listens (TRANSFORM_JOB_FAILED)\n  findings: none\n');
});

test('--json: everything is an object on stdout', async () => {
  const { status, stdout, stderr } = await transform([job(), '--json']);
  expect(status, stderr.text).toBe(0);
  const events = stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = events.map(({ event, status, key }) => [event, status ?? key].filter(Boolean).join(' '));
  expect(told.filter((event) => !event.startsWith('log'))).toEqual([
    'status InProgress',
    'object a.csv',
    'object b.csv',
    'status Completed',
    'total',
  ]);
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'log', instance: 'instance-1', stream: 'stdout', text: 'listens' }),
  );
  expect(events.at(-1)).toMatchObject({
    objects: 2,
    failedObjects: 0,
    records: 3,
    inputBytes: 12,
    requests: 2,
  });
});

test('on a terminal: a live line that says how far it is; Ctrl-C stops it, and leaves nothing behind', async () => {
  scratch.files({ 'in/b.csv': 'slow\n' });
  const args = ['transform', job(), ...PATIENT, '--', ...SERVER];
  await using terminal = new Terminal(args, { columns: 120 });
  await terminal.shows(/^InProgress · starting · \d/);
  await terminal.shows(/^listens$/);
  await terminal.shows(/^InProgress · 8 of 13 B · \d+ B\/s · 1 object · 2 records · \d/);
  terminal.type(CTRL_C);
  await terminal.shows(/^sagemaker-pipe: stopping the transform job \(again: kill it\)$/);
  expect(await terminal.status()).toBe(130);
  await expect
    .poll(() => terminal.screen.lines.join('\n'))
    .toMatch(
      /^Transform job "my-job": Stopped, after [\d.]+ m?s\n {2}transformed: 1 object, 2 records, 8 B$/m,
    );
  expect(readdirSync(scratch.path('out'))).toEqual(['a.csv.out']);
});

test.each<[string, readonly string[], string, string, number]>([
  ['no request', [], '[]', 'is no request: expected members such as TransformInput.', 2],
  ['a wrong request', [], '{"TransformInput": {}}', 'TransformInput.DataSource', 2],
  ['two containers', [], '{"Containers": [{}, {}]}', 'expected Containers to have one entry', 2],
  [
    'a program and an image',
    ['--image', 'x'],
    '{}',
    'Expected either a program after "--" or --image IMAGE',
    2,
  ],
])('refuses %s', (_what, args, input, message, status) => {
  const ended = spawnSync(process.execPath, [commandFile, 'transform', '-', ...args, '--', 'true'], {
    input,
    encoding: 'utf8',
  });
  expect(ended.stderr).toContain(message);
  expect(ended.status).toBe(status);
});

test('without a program or an image it says what to give', () => {
  const ended = spawnSync(process.execPath, [commandFile, 'transform', job()], { encoding: 'utf8' });
  expect(ended.stderr).toContain(
    'Expected the program to serve with, after "--", or an image: --image IMAGE.',
  );
  expect(ended.status).toBe(2);
});

test('a program that is not there: 127', async () => {
  const { status, stderr } = await transform([job()], ['no-such-server']);
  expect(stderr.text).toContain('PROGRAM_NOT_FOUND');
  expect(status).toBe(127);
});
