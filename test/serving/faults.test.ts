import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';

import {
  createEndpoint,
  type Endpoint,
  EndpointError,
  type InstanceEndedEvent,
  ModelError,
} from 'sagemaker-pipe-mode/serving';
import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { NODE_SERVER } from './support/servers.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

async function modelError(failing: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await rejection(failing);
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
}

/** All of the answer to an invocation that says what the server is to do. */
async function ask(endpoint: Endpoint, way: string, body = 'x'): Promise<string> {
  return await (await endpoint.invoke(body, { contentType: way })).text();
}

describe('a server that', () => {
  test('answers with 4xx or 5xx is worded as the runtime API words it', async () => {
    await using endpoint = await endpoints.node();
    const client = await modelError(ask(endpoint, '4xx'));
    expect(client).toMatchObject({
      code: 'MODEL_ERROR',
      originalStatusCode: 415,
      originalMessage: 'no such thing',
    });
    expect(client.message).toMatch(
      /^Received client error \(415\) from primary with message "no such thing"\. /,
    );
    const server = await modelError(ask(endpoint, '5xx'));
    expect(server.message).toMatch(/^Received server error \(500\) from primary with message "x{2048}"\. /);
    const half = await modelError(ask(endpoint, 'bad-halves'));
    expect(half.message).toMatch(
      /^Received server error \(500\) from primary and could not load the entire response body\. /,
    );
  });

  test('answers with an error that does not end has answered', async () => {
    const endless = `
      require('node:http').createServer((request, response) => {
        if (request.url === '/ping') return void response.end();
        response.writeHead(500);
        response.write('ü');
        if (request.headers['content-type'] === 'more') setInterval(() => response.write('ü'.repeat(500)), 5);
      }).listen(8080);`;
    const limits = { streamTimeoutMs: 10_000, invocationTimeoutMs: 500 };
    await using endpoint = await endpoints.node({}, { limits, stopGraceMs: 0 }, endless);
    const began = performance.now();
    const long = await modelError(endpoint.invokeStream('x', { contentType: 'more' }));
    expect(performance.now() - began).toBeLessThan(5000);
    expect(long).toMatchObject({ code: 'MODEL_ERROR', originalStatusCode: 500 });
    expect(long.originalMessage).toBe('ü'.repeat(2048));
    const late = await modelError(endpoint.invoke('x'));
    expect(late).toMatchObject({ code: 'MODEL_ERROR', originalStatusCode: 500, originalMessage: 'ü' });
    await until(() => endpoint.instances[0]!.busy === 0);
  });

  test('does not answer in time is a ModelError too', async () => {
    await using endpoint = await endpoints.node({}, { limits: { invocationTimeoutMs: 300 } });
    const error = await rejection(ask(endpoint, 'hang'));
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code: 'INVOCATION_TIMED_OUT', originalStatusCode: 0 });
    expect(error.message).toContain(
      'Received server error (0) from primary with message "Your invocation timed out while waiting for a response from container primary.".',
    );
    expect(endpoint.instances).toMatchObject([{ busy: 0, restarts: 0 }]);
  });

  test('does not accept in time is an error that says so, with the limit of the service', async () => {
    const full = `
import socket, time
server = socket.create_server(("0.0.0.0", 8080), backlog=0)
while True:
    connection, _ = server.accept()
    if b"/ping" not in connection.recv(65536): time.sleep(60)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n")
    connection.close()`;
    await using endpoint = await endpoints.python({}, { stopGraceMs: 0 }, full);
    const asking = Array.from({ length: 6 }, () => rejection(ask(endpoint, 'x')));
    const error = await Promise.race(asking);
    expect(error.code).toBe('CONNECT_TIMED_OUT');
    expect(error.message).toContain('did not accept a connection to port 8080 within 250 ms');
    await until(() => endpoint.instances[0]!.busy <= 2); // one is being answered, and one may wait
    await endpoint.stop();
    const codes = (await Promise.all(asking)).map(({ code }) => code).sort();
    expect(codes.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => 'CONNECT_TIMED_OUT'));
    expect(codes.at(-1)).toBe('ENDPOINT_STOPPED');
  });

  test('resets, or breaks its answer off, fails that invocation, and no other', async () => {
    await using endpoint = await endpoints.node();
    const reset = await rejection(ask(endpoint, 'reset'));
    expect(reset).toMatchObject({ code: 'INVOCATION_FAILED' });
    expect(reset.message).toContain('It may have been handled');
    expect(await rejection(ask(endpoint, 'halves'))).toMatchObject({ code: 'INVOCATION_FAILED' });
    expect(await ask(endpoint, 'count')).toBe('1');
  });

  test('ends is reported and started again; what it had begun with fails, what comes then waits for it', async () => {
    await using endpoint = await endpoints.node();
    const ended = once(endpoint, 'instanceEnded') as Promise<[InstanceEndedEvent]>;
    const error = await rejection(ask(endpoint, 'die'));
    expect(error.code).toBe('INVOCATION_FAILED');
    expect(error.message).toContain('instance-1 ended with exit code 3. It may have been handled');
    expect((await ended)[0]).toEqual({
      instance: 'instance-1',
      exitCode: 3,
      signal: null,
      lastLines: ['listens'],
    });
    expect(await ask(endpoint, 'count')).toBe('1');
    expect(endpoint.instances).toMatchObject([{ status: 'InService', restarts: 1 }]);
  });

  test('breaks a ping off, or is not there, is not said to have been given an invocation', async () => {
    const shy = `let count = 0; require('node:http').createServer((request, response) => {
      if (count++ === 0) response.end();
      else if (count === 2) request.socket.resetAndDestroy();
      else process.exit(3);
    }).listen(8080);`;
    await using endpoint = await endpoints.node({}, { healthCheckIntervalMs: Infinity }, shy);
    const reset = await rejection(endpoint.ping());
    expect(reset.code).toBe('INVOCATION_FAILED');
    expect(reset.message).toMatch(/^GET \/ping was not answered: instance-1 has broken the connection off/);
    const ended = await rejection(endpoint.ping());
    expect(ended.message).toMatch(
      /^GET \/ping was not answered: instance-1 (ended with exit code 3|has broken)/,
    );
    await until(() => endpoint.instances[0]!.status === 'Restarting');
    expect((await rejection(endpoint.ping())).message).toBe(
      'GET /ping was not answered: no instance is in service.',
    );
  });

  test('is not there in time is no fault of the model: nothing was sent', async () => {
    const onlyOnce = `const fs = require('node:fs'); const mark = '/opt/ml/model/once';
      if (fs.existsSync(mark)) setInterval(() => {}, 1000); else { fs.writeFileSync(mark, ''); ${NODE_SERVER} }`;
    const limits = { invocationTimeoutMs: 500 };
    await using endpoint = await endpoints.node({}, { limits, stopGraceMs: 0 }, onlyOnce);
    await rejection(ask(endpoint, 'die'));
    await until(() => endpoint.instances[0]!.status === 'Restarting');
    const error = await rejection(ask(endpoint, 'x'));
    expect(error).not.toBeInstanceOf(ModelError);
    expect(error.code).toBe('INVOCATION_FAILED');
    expect(error.message).toBe(
      'The invocation failed: no server was in service within 500 ms (`limits.invocationTimeoutMs`): instance-1 is Restarting. Nothing of it was sent.',
    );
  });

  test('answers /ping, and ends by itself again and again, is given up', async () => {
    const shortLived = `require('node:http').createServer((request, response) =>
      response.end('fine', () => setTimeout(() => process.exit(3), 50))).listen(8080);`;
    await using endpoint = await endpoints.node({}, { healthCheckIntervalMs: Infinity }, shortLived);
    await until(() => endpoint.status === 'Failed');
    expect(endpoint.instances).toMatchObject([{ restarts: 3 }]);
    const error = await rejection(ask(endpoint, 'x'));
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', lastPing: expect.stringMatching(/^200 "fine"/) });
    expect(error.message).toContain(
      'instance-1 ended with exit code 3 soon after /ping had answered 200, and before it was asked anything else. It was started again 3 times in a row.',
    );
  });

  test('dies of its invocations is started again as often as that', async () => {
    await using endpoint = await endpoints.node();
    for (let time = 1; time <= 5; time++) {
      expect(await rejection(ask(endpoint, 'die'))).toMatchObject({ code: 'INVOCATION_FAILED' });
      await until(() => endpoint.instances[0]!.restarts === time);
    }
    expect(await ask(endpoint, 'count')).toBe('1');
  });

  test('does not come up again is given up, and whoever waits is told', async () => {
    const onlyOnce = `const fs = require('node:fs'); const mark = '/opt/ml/model/once';
      if (fs.existsSync(mark)) process.exit(7); fs.writeFileSync(mark, '');`;
    await using endpoint = await endpoints.node({}, {}, onlyOnce + NODE_SERVER);
    await rejection(ask(endpoint, 'die'));
    const error = await rejection(ask(endpoint, 'count'));
    expect(error).toBeInstanceOf(EndpointError);
    expect(error.message).toContain('instance-1 ended with exit code 7 before /ping answered 200.');
    expect(endpoint.status).toBe('Failed');
  });
});

describe('a log that cannot be written', () => {
  /** Writes its first line, and more than a pipe holds, when it is asked. */
  const talks = `
    require('node:http').createServer((request, response) => {
      if (request.url === '/ping') return void response.end();
      for (let count = 0; count < 1000; count++) require('node:fs').writeSync(1, 'x'.repeat(9999) + '\\n');
      response.end('said');
    }).listen(8080);
    process.on('SIGTERM', () => process.exit(0));`;

  /** The file is opened with the first line: before that, a directory that is missing makes that fail. */
  const removeLogs = (endpoint: Endpoint) => rmSync(`${endpoint.directory}/logs`, { recursive: true });

  test('fails the endpoint, and does not hold its server up', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 }, {}, talks);
    const failed: string[] = [];
    endpoint.on('instanceFailed', ({ instance, error }) => failed.push(`${instance} ${error.message}`));
    removeLogs(endpoint);
    await ask(endpoint, 'x').catch(() => undefined); // the server may be stopped before it has answered
    await until(() => endpoint.status === 'Failed');
    const error = await rejection(ask(endpoint, 'x'));
    expect(error).toMatchObject({ code: 'WRITE_FAILED', path: `${endpoint.directory}/logs/instance-1.log` });
    expect(failed).toEqual([`instance-1 ${error.message}`, `instance-2 ${error.message}`]);
    await endpoint.stop();
    expect(endpoint.instances).toMatchObject([{ status: 'Stopped' }, { status: 'Stopped' }]);
    expect(endpoint.findings()).toEqual([]); // it has heard SIGTERM: it was not waiting for a reader
  });

  test('is told by the stop that it fails in, once', async () => {
    const program = `
      require('node:http').createServer((request, response) => response.end()).listen(8080);
      process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;
    await using endpoint = await endpoints.node({}, {}, program);
    removeLogs(endpoint);
    expect(await rejection(endpoint.stop())).toMatchObject({ code: 'WRITE_FAILED' });
    expect(endpoint.instances).toMatchObject([{ status: 'Stopped' }]);
  });

  test('fails a start', async () => {
    const env = { ...process.env, [endpoints.mark]: 'yes' };
    const program = `setTimeout(() => console.log('loading'), 500); setInterval(() => {}, 1000);`;
    await using endpoint = createEndpoint({}, { command: [process.execPath, '-e', program, '--'], env });
    const starting = rejection(endpoint.start());
    await until(() => existsSync(`${endpoint.directory}/logs/instance-1.log`));
    removeLogs(endpoint);
    expect(await starting).toMatchObject({ code: 'WRITE_FAILED' });
    expect(endpoint.status).toBe('Failed');
  });
});

describe('an endpoint does not start whose server', () => {
  test('ends: with the end of its log', async () => {
    const error = await rejection(endpoints.node({}, {}, 'console.error("no model"); process.exit(4)'));
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', lastLines: ['no model'] });
    expect(error.message).toMatch(/ended with exit code 4 before \/ping answered 200\.\n[^]*^ {2}no model$/m);
  });

  test('is not ready in time: with what /ping has answered last', async () => {
    const server = (way: string) =>
      `require('node:http').createServer((request, response) => { ${way} }).listen(8080)`;
    const servers: readonly (readonly [string, RegExp])[] = [
      [server("response.statusCode = 503; response.end('loading')"), /503 "loading", after/],
      [server(''), /did not answer \/ping within 700 ms/],
      [server('request.socket.destroy()'), /broken off|other side closed|ECONNRESET/],
      [NODE_SERVER.replace('listen(8080', "listen(8080, '127.0.0.1'"), /it has to listen to 0\.0\.0\.0/],
    ];
    await Promise.all(
      servers.map(async ([program, last]) => {
        const options = { startupTimeoutMs: 7000, limits: { pingTimeoutMs: 700 } };
        const error = await rejection(endpoints.node({}, options, program));
        expect(error).toMatchObject({ code: 'ENDPOINT_TIMED_OUT' });
        expect(error.message).toContain('within 7000 ms of its start (startupTimeoutMs');
        expect(error).toMatchObject({ lastPing: expect.stringMatching(last) as string });
      }),
    );
  });

  test('is not there', async () => {
    const failing = endpoints.start({}, { command: ['no-such-program'] });
    expect(await rejection(failing)).toMatchObject({ code: 'PROGRAM_NOT_FOUND' });
  });
});

describe('stopping', () => {
  test('lets a server end what it has begun with, and gives it its grace', async () => {
    const graceful = `const { createServer } = require('node:http');
      const server = createServer((request, response) => {
        if (request.url === '/ping') return void response.end();
        process.once('SIGTERM', () => { console.log('stops'); response.end('late'); server.close(); });
        console.log('asked');
      }).listen(8080);`;
    await using endpoint = await endpoints.node({}, {}, graceful);
    const asked = once(endpoint, 'log');
    const answer = ask(endpoint, 'x');
    await asked;
    const stopped = endpoint.stop();
    expect(await answer).toBe('late');
    await stopped;
    const lines: string[] = [];
    for await (const { host, text } of endpoint.logs()) lines.push(`${host} ${text}`);
    expect(lines).toEqual(['instance-1 asked', 'instance-1 stops']);
    expect(endpoint.status).toBe('Deleting');
    expect(await rejection(endpoint.invoke('x'))).toMatchObject({ code: 'ENDPOINT_STOPPED' });
    expect(await rejection(endpoint.ping())).toMatchObject({ code: 'ENDPOINT_STOPPED' });
  });

  test('kills a server that ignores SIGTERM when its grace is over', async () => {
    const program = `process.on('SIGTERM', () => {}); ${NODE_SERVER.replace(/process\.on\('SIGTERM'[^]*$/, '')}`;
    await using endpoint = await endpoints.node({}, { stopGraceMs: 200 }, program);
    const began = performance.now();
    await endpoint.stop();
    expect(performance.now() - began).toBeGreaterThan(195);
  });

  test('under load fails what was sent, and says so', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 });
    const asking = Array.from({ length: 40 }, () => rejection(ask(endpoint, 'hang')));
    await until(() => endpoint.instances.every(({ busy }) => busy === 20));
    await endpoint.stop();
    const codes = new Set((await Promise.all(asking)).map(({ code }) => code));
    expect([...codes]).toEqual(['ENDPOINT_STOPPED']);
  });

  test('by a signal, also while it starts', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await using endpoint = await endpoints.node({}, { signal });
    controller.abort();
    await endpoint.stop();
    expect(endpoint.instances).toMatchObject([{ status: 'Stopped' }]);
    expect(await rejection(endpoints.node({}, { signal }))).toMatchObject({ code: 'ABORTED' });
    const late = new AbortController();
    const starting = endpoints.node({}, { signal: late.signal }, 'setTimeout(() => {}, 60_000)');
    setTimeout(() => late.abort(), 300);
    expect(await rejection(starting)).toMatchObject({ code: 'ABORTED' });
  });

  test('an invocation by its own signal', async () => {
    await using endpoint = await endpoints.node();
    const reason = new Error('enough');
    const controller = new AbortController();
    const asking = endpoint.invoke('x', { contentType: 'hang', signal: controller.signal });
    await until(() => endpoint.instances[0]!.busy === 1);
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await until(() => endpoint.instances[0]!.busy === 0);
  });
});

describe('several instances', () => {
  test('are asked by how busy they are', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 3 });
    const hanging = Array.from({ length: 2 }, () => rejection(ask(endpoint, 'hang')));
    await until(() => endpoint.instances.reduce((sum, { busy }) => sum + busy, 0) === 2);
    const free = endpoint.instances.find(({ busy }) => busy === 0)!;
    for (let count = 0; count < 5; count++) {
      const answer = await endpoint.invoke('x');
      expect(answer.instance).toBe(free.name);
      await answer.text();
    }
    await endpoint.stop();
    await Promise.all(hanging);
  });

  test('keep their sessions', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 3 });
    const opened = await endpoint.invoke('x', { contentType: 'session', sessionId: 'NEW_SESSION' });
    expect(opened.newSessionId).toBe('s1; Expires=2030-01-01T00:00:00Z');
    await opened.text();
    for (let count = 0; count < 6; count++) {
      const answer = await endpoint.invoke('x', { sessionId: 's1' });
      expect(answer.instance).toBe(opened.instance);
      await answer.text();
    }
  });

  test('lose nothing and double nothing while they die one after the other', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 });
    let failed = 0;
    const asked = Array.from({ length: 400 }, (_, index) => `${index}`);
    const queue = [...asked];
    const answers: string[] = [];
    const worker = async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
        const way = Number(body) % 100 === 50 ? 'die' : undefined;
        try {
          const answer = await endpoint.invoke(body, way === undefined ? {} : { contentType: way });
          answers.push(((await answer.json()) as { body: string }).body);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVOCATION_FAILED' });
          failed++;
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    expect(answers.length + failed).toBe(asked.length);
    expect(new Set(answers).size).toBe(answers.length);
    expect(failed).toBeGreaterThanOrEqual(4);
    await until(() => endpoint.instances.every(({ status }) => status === 'InService'));
    expect(endpoint.instances.reduce((sum, { restarts }) => sum + restarts, 0)).toBe(4);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
