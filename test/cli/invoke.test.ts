import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';
import { nodeServer, served, startServing } from './serving.js';

const scratch = useScratch();

async function invoke(...args: string[]) {
  await using command = new Command(['invoke', ...args]);
  const status = await command.status();
  return { status, stdout: command.stdout.text, stderr: command.stderr.text };
}

/** Runs a script of bash in which `$0 $1` is the command, and `$2` and so on are the arguments. */
async function shell(script: string, args: readonly string[], input = '') {
  const running = promisify(execFile)('bash', ['-c', script, process.execPath, commandFile, ...args]);
  running.child.stdin!.end(input);
  return await running;
}

/** Something else that listens. */
async function listening(listener: RequestListener) {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: String((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('asks what serve has started, with the headers of InvokeEndpoint', async () => {
  scratch.files({ 'payload.csv': '5.1,3.5' });
  const payload = scratch.path('payload.csv');
  await using command = startServing([], nodeServer);
  const url = await served(command);
  const port = new URL(url).port;
  const headers = {
    '--content-type': 'text/csv',
    '--accept': 'application/json',
    '--custom-attributes': 'trace=1',
    '--target-model': 'a.tar.gz',
    '--target-variant': 'AllTraffic',
    '--inference-id': 'id 1',
    '--session-id': 'NEW_SESSION',
  };
  const { status, stdout, stderr } = await invoke(payload, '--port', port, ...Object.entries(headers).flat());
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    url: '/invocations',
    body: '5.1,3.5',
    headers: {
      'content-type': 'text/csv',
      'content-length': '7',
      accept: 'application/json',
      'x-amzn-sagemaker-custom-attributes': 'trace=1',
      'x-amzn-sagemaker-target-model': 'a.tar.gz',
      'x-amzn-sagemaker-target-variant': 'AllTraffic',
      'x-amzn-sagemaker-inference-id': 'id 1',
      'x-amzn-sagemaker-session-id': 'NEW_SESSION',
    },
  });

  expect(await invoke(payload, '--url', url, '--content-type', '4xx')).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^sagemaker-pipe: Received client error \(415\) from primary with message "no such thing"\. .* \(ModelError, 424\)\n$/,
    ),
  });
  expect(await invoke(payload, '--url', url, '--content-type', 'halves')).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^(half)?$/),
    stderr: expect.stringMatching(/has broken off .* It should have 10 bytes\.\n$/),
  });
  const included = await invoke(payload, '--port', port, '--content-type', 'count', '-i');
  expect(included.stdout).toMatch(
    /^HTTP\/1\.1 200\n[^]*\nx-amzn-invoked-production-variant: AllTraffic\n[^]*\n\n7$/,
  );
});

test('the standard input, a pipe and an empty file have a length, too', async () => {
  const seen: { headers: IncomingHttpHeaders; bytes: number }[] = [];
  await using server = await listening((request, response) => {
    void buffer(request).then(({ length: bytes }) => {
      seen.push({ headers: request.headers, bytes });
      response.end('fine');
    });
  });
  scratch.files({ empty: '' });
  const payload = 'x'.repeat(1_000_000);
  await using command = new Command(['invoke', scratch.path('empty'), '--port', server.port]);
  expect([await command.status(), command.stdout.text]).toEqual([0, 'fine']);
  const script = 'cat | "$0" "$1" invoke - --port "$2"; "$0" "$1" invoke <(printf abc) --port "$2"';
  expect(await shell(script, [server.port], payload)).toEqual({ stdout: 'finefine', stderr: '' });
  expect(seen.map(({ headers, bytes }) => [headers['content-length'], bytes])).toEqual([
    ['0', 0],
    ['1000000', 1_000_000],
    ['3', 3],
  ]);
});

test('writes the answer as it comes, and ends when its reader leaves', async () => {
  await using server = await listening((request, response) => {
    request.resume();
    const timer = setInterval(() => response.write('line\n'), 10);
    response.on('close', () => clearInterval(timer));
  });
  scratch.files({ a: 'x' });
  const line = `"$0" "$1" invoke "$2" --port "$3" | head -1; echo "\${PIPESTATUS[0]}"`;
  expect(await shell(line, [scratch.path('a'), server.port])).toEqual({ stdout: 'line\n0\n', stderr: '' });
});

test('nobody there; something else there; what cannot be sent', async () => {
  scratch.files({ a: 'x' });
  const payload = scratch.path('a');
  await using server = await listening(
    (_request, response) => void response.writeHead(502).end('Bad\ngateway'),
  );
  expect(await invoke(payload, '--port', server.port)).toEqual({
    status: 1,
    stdout: '',
    stderr: `sagemaker-pipe: http://127.0.0.1:${server.port}/invocations has answered 502: Bad\\x0agateway\n`,
  });
  expect(await invoke(payload, '--port', '1')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      'Nobody listens at http://127.0.0.1:1/invocations. Run "sagemaker-pipe serve',
    ),
  });
  expect(await invoke(payload, '--port', server.port, '--accept', 'a\nb')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('This cannot be sent: '),
  });
  expect(await invoke(scratch.path('none'), '--port', server.port)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('cannot be read: ENOENT'),
  });
  expect(await invoke(scratch.dir, '--port', server.port)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('cannot be read: EISDIR'),
  });
});
