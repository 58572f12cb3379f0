import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import {
  type Endpoint,
  EndpointError,
  type InstanceRestartedEvent,
  type InstanceUnhealthyEvent,
} from 'sagemaker-pipe-mode/serving';
import { describe, expect, test, vi } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { nodeSinner, pythonSinner } from './support/sinners.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const PAYLOAD = '5.1,3.5,1.4,0.2';
const CSV = { contentType: 'text/csv' };
/** How many workers a server is told to have. */
const WORKERS = { Environment: { MODEL_SERVER_WORKERS: '3' } };

function idsOf(endpoint: Endpoint): string[] {
  return endpoint.findings().map(({ id }) => id);
}

/** One request after the other, as Python does unless it is told otherwise. */
const SINGLE = 'kind = HTTPServer; kind.request_queue_size = 100; Handler.protocol_version = "HTTP/1.0"';

describe('a clean server has none', () => {
  test.each([
    ['in Python', () => endpoints.python(WORKERS, {}, pythonSinner())],
    [
      'in Python, of which each answer takes a while',
      () =>
        endpoints.python(
          WORKERS,
          {},
          pythonSinner('Handler.predict = lambda *_: (time.sleep(0.15), b"1")[1]'),
        ),
    ],
    ['in Node', () => endpoints.node(WORKERS, {}, nodeSinner())],
  ])('%s, whatever it is asked', async (_name, start) => {
    await using endpoint = await start();
    const json = await endpoint.invoke(PAYLOAD, { ...CSV, accept: 'application/json' });
    await json.bytes();
    const any = await endpoint.invoke(PAYLOAD, { ...CSV, accept: 'text/csv, */*;q=0.1' });
    await any.bytes();
    await rejection(endpoint.invoke('', CSV));
    expect(await endpoint.examine(PAYLOAD, CSV)).toEqual([]);
    await endpoint.stop();
    expect(endpoint.findings()).toEqual([]);
    expect(endpoint.instances).toMatchObject([{ restarts: 0 }]);
  });

  test('of several instances, each of which is examined by itself', async () => {
    await using endpoint = await endpoints.node({ ...WORKERS, InitialInstanceCount: 2 }, {}, nodeSinner());
    expect(await endpoint.examine(PAYLOAD)).toEqual([]);
  });
});

test('each says what was seen, the rule, and where that is documented', async () => {
  await using endpoint = await endpoints.node({}, {}, nodeSinner('does.predict = () => `{"error":"no"}`'));
  await (await endpoint.invoke(PAYLOAD)).bytes();
  expect(endpoint.findings()).toEqual([
    {
      id: 'error-with-status-200',
      seen: expect.stringContaining('On instance-1 an invocation was answered'),
      rule: expect.stringMatching(/\.$/),
      documentation: expect.stringMatching(/^https:\/\/docs\.aws\.amazon\.com\//),
    },
  ]);
});

describe('of a start that comes to nothing', () => {
  /** Busy machines take long to start Python. */
  const startupTimeoutMs = 8000;

  test.each([
    ['no-ping', '404', 'Handler.ping = lambda self: self.answer(404, b"")'],
    ['no-ping', 'The server listened to port 5000.', 'port = 5000'],
    ['no-ping', 'nobody listened', 'time.sleep(100)'],
    ['listens-on-localhost', 'port 8080 of 127.0.0.1 only', 'address = "127.0.0.1"'],
    ['ping-slow', 'was not answered within 300 ms', 'Handler.ping = lambda self: time.sleep(100)'],
  ])('%s: %s', async (id, seen, sin) => {
    const options = { startupTimeoutMs, limits: { pingTimeoutMs: 300 } };
    const error = await rejection(endpoints.python({}, options, pythonSinner(sin)));
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ findings: [{ id, seen: expect.stringContaining(seen) }] });
    expect(error.message).toMatch(new RegExp(`\nFindings:\n  ${id}: .*$`));
  });

  test('nothing where the server has ended', async () => {
    const error = await rejection(endpoints.python({}, { startupTimeoutMs }, pythonSinner('sys.exit(3)')));
    expect(error).toMatchObject({ findings: [] });
  });
});

test('listens-on-localhost, where that is reached', async () => {
  const options = { isolation: 'none' } as const;
  await using endpoint = await endpoints.python({}, options, pythonSinner('address = "127.0.0.1"'));
  expect(idsOf(endpoint)).toEqual(['listens-on-localhost']);
});

describe('of pings', () => {
  test('ping-slow: near the limit', async () => {
    const slow = 'Handler.ping = lambda self: (time.sleep(1.7), self.answer(200, b""))';
    await using endpoint = await endpoints.python({}, {}, pythonSinner(slow));
    expect(endpoint.findings()).toMatchObject([
      { id: 'ping-slow', seen: expect.stringMatching(/took 1\d{3} ms, of 2000/) },
    ]);
  });

  test('ping-slow: behind an invocation. A server that is busy is not replaced for that', async () => {
    const single = `${SINGLE}; Handler.predict = lambda *_: (time.sleep(2), b"1")[1]`;
    const options = { healthCheckIntervalMs: 50, limits: { pingTimeoutMs: 200 } };
    await using endpoint = await endpoints.python({}, options, pythonSinner(single));
    await (await endpoint.invoke(PAYLOAD)).bytes();
    expect(idsOf(endpoint)).toEqual(['ping-slow']);
    expect(endpoint.instances).toMatchObject([{ status: 'InService', restarts: 0 }]);
  });

  test('neither is one whose queue is full of pings', async () => {
    const single = `${SINGLE}; kind.request_queue_size = 1; Handler.predict = lambda *_: (time.sleep(3), b"1")[1]`;
    const options = { healthCheckIntervalMs: 50, limits: { pingTimeoutMs: 200 } };
    await using endpoint = await endpoints.python({}, options, pythonSinner(single));
    await (await endpoint.invoke(PAYLOAD)).bytes();
    expect(endpoint.instances).toMatchObject([{ status: 'InService', restarts: 0 }]);
  });

  test.each([
    ['was answered with 503', "response.writeHead(503).end('loading')"],
    ['found no server, or one that broke the connection off', 'request.socket.resetAndDestroy()'],
  ])('ping-before-ready: %s', async (seen, refuse) => {
    const loading = `
let count = 0;
const { invoke } = does;
does.invoke = (request, response) => (count++ === 0 ? void ${refuse} : invoke(request, response));`;
    await using endpoint = await endpoints.node({}, {}, nodeSinner(loading));
    await rejection(endpoint.invoke(PAYLOAD));
    await (await endpoint.invoke(PAYLOAD)).bytes();
    expect(endpoint.findings()).toMatchObject([
      { id: 'ping-before-ready', seen: expect.stringContaining(seen) },
    ]);
  });

  test('a 503 later on is none', async () => {
    const overloaded =
      'let count = 0; const { invoke } = does; does.invoke = (request, response) => (count++ === 1 ? void response.writeHead(503).end() : invoke(request, response));';
    await using endpoint = await endpoints.node({}, {}, nodeSinner(overloaded));
    await (await endpoint.invoke(PAYLOAD)).bytes();
    await rejection(endpoint.invoke(PAYLOAD));
    expect(endpoint.findings()).toEqual([]);
  });

  test('a server in service that is not healthy any more is replaced', async () => {
    const sick = `
let isSick = false;
does.ping = (_request, response) => void response.writeHead(isSick ? 500 : 200).end('sick');
does.predict = () => { isSick = true; return '1'; };`;
    await using endpoint = await endpoints.node({}, { healthCheckIntervalMs: 20 }, nodeSinner(sick));
    const unhealthy = once(endpoint, 'instanceUnhealthy') as Promise<[InstanceUnhealthyEvent]>;
    const restarted = once(endpoint, 'instanceRestarted') as Promise<[InstanceRestartedEvent]>;
    await (await endpoint.invoke(PAYLOAD)).bytes();
    expect((await unhealthy)[0]).toEqual({
      instance: 'instance-1',
      lastPing: expect.stringMatching(/^500 "sick", after \d+ ms$/),
    });
    expect((await restarted)[0]).toEqual({ instance: 'instance-1', restarts: 1 });
    expect(await endpoint.ping()).toMatchObject({ status: 200 });
  });

  test('nobody is asked again with an interval of Infinity', async () => {
    const counted = 'let count = 0; does.ping = (_request, response) => void response.end(String(++count));';
    await using endpoint = await endpoints.node({}, { healthCheckIntervalMs: Infinity }, nodeSinner(counted));
    await using other = await endpoints.node({}, { healthCheckIntervalMs: 5 }, nodeSinner(counted));
    await expect.poll(async () => Number((await other.ping()).text), { timeout: 20_000 }).toBeGreaterThan(10);
    expect(await endpoint.ping()).toMatchObject({ text: '2' });
  });
});

describe('of invocations', () => {
  test('no-invocations', async () => {
    await using endpoint = await endpoints.node(
      {},
      {},
      nodeSinner('does.invoke = (_request, response) => void response.writeHead(404).end();'),
    );
    await rejection(endpoint.invoke(PAYLOAD));
    await rejection(endpoint.invoke(PAYLOAD));
    expect(endpoint.findings()).toMatchObject([
      { id: 'no-invocations', seen: expect.stringContaining('2 in all') },
    ]);
  });

  test('no-invocations: not of a server that has answered something else, once', async () => {
    const second =
      'let count = 0; does.invoke = (_request, response) => void response.writeHead(count++ === 1 ? 500 : 404).end();';
    await using endpoint = await endpoints.node({}, {}, nodeSinner(second));
    await rejection(endpoint.invoke(PAYLOAD));
    expect(idsOf(endpoint)).toEqual(['no-invocations']);
    await rejection(endpoint.invoke(PAYLOAD));
    expect(endpoint.findings()).toEqual([]);
  });

  test('accept-ignored', async () => {
    await using endpoint = await endpoints.python({}, {}, pythonSinner('Handler.accepts = lambda _: True'));
    await (await endpoint.invoke(PAYLOAD, { accept: 'application/*' })).bytes();
    expect(endpoint.findings()).toEqual([]);
    await (await endpoint.invoke(PAYLOAD, { accept: 'text/csv' })).bytes();
    expect(endpoint.findings()).toMatchObject([
      {
        id: 'accept-ignored',
        seen: expect.stringContaining('Accept "text/csv" was answered with success and "application/json"'),
      },
    ]);
  });

  test.each([
    ['{"error": "no such column"}', true],
    ['{"errorMessage": "x", "statusCode": 500}', true],
    ['{"success": false, "exception": {"type": "KeyError", "message": "y"}, "predictions": null}', true],
    ['{"traceback": ["File", "KeyError"]}', true],
    ['Traceback (most recent call last):\n  File "serve.py"', true],
    ['{"error": 0.25}', false],
    ['{"error": {"mean": 0.25, "max": 1}}', false],
    ['{"error": "", "label": "setosa"}', false],
    ['{"error": null}', false],
    ['{"predictions": [1], "error": "low confidence"}', false],
    ['{"label": "error"}', false],
    ['["error"]', false],
    ['the error is small', false],
    [JSON.stringify({ error: 'x'.repeat(5000) }), false],
  ])('error-with-status-200: %s: %j', async (text, isError) => {
    const sin = `does.predict = () => ${JSON.stringify(text)};`;
    await using endpoint = await endpoints.node({}, {}, nodeSinner(sin));
    await (await endpoint.invoke(PAYLOAD)).bytes();
    expect(idsOf(endpoint)).toEqual(isError ? ['error-with-status-200'] : []);
  });

  test('body-not-read: an answer before the end of a stream', async () => {
    const first = 'does.read = (request) => new Promise((resolve) => request.once("data", resolve));';
    await using endpoint = await endpoints.node({}, {}, nodeSinner(first));
    let release!: () => void;
    const wait = new Promise<void>((resolve) => (release = resolve));
    async function* body() {
      yield '5.1,';
      await wait;
      yield '3.5';
    }
    const answer = await endpoint.invoke(body(), { contentLength: 7 });
    expect(await answer.json()).toEqual({ bytes: 4 });
    release();
    expect(endpoint.findings()).toMatchObject([
      {
        id: 'body-not-read',
        seen: expect.stringContaining('when 4 bytes of its payload had been sent of 7'),
      },
    ]);
  });

  test('dies-on-empty-body, in ordinary use', async () => {
    const dies =
      'Handler.predict = None\nread = Handler.read\nHandler.read = lambda self: read(self) or os._exit(3)';
    await using endpoint = await endpoints.python({}, {}, pythonSinner(dies));
    await rejection(endpoint.invoke('', CSV));
    expect(endpoint.findings()).toMatchObject([
      { id: 'dies-on-empty-body', seen: expect.stringContaining('ended with exit code 3') },
    ]);
  });

  test('model-written', async () => {
    const ModelDataUrl = endpoints.files({ 'm/weights': '1', 'm/code/a.py': '' });
    const caches =
      'os.mkdir("/opt/ml/model/m/code/__pycache__"); open("/opt/ml/model/m/code/__pycache__/a.pyc", "w").close()';
    await using clean = await endpoints.python({ ModelDataUrl }, {}, pythonSinner(caches));
    expect(clean.findings()).toEqual([]);
    const writes = 'open("/opt/ml/model/m/weights", "a").write("2"); open("/opt/ml/model/log", "w").close()';
    await using endpoint = await endpoints.python({ ModelDataUrl }, {}, pythonSinner(writes));
    await endpoint.stop();
    expect(endpoint.findings()).toMatchObject([
      {
        id: 'model-written',
        seen: expect.stringMatching(/: \/opt\/ml\/model\/log, \/opt\/ml\/model\/m\/weights\.$/),
      },
    ]);
  });
});

describe('of an examination', () => {
  const examined = async (sin: string, start: 'node' | 'python', request = {}) => {
    const program = start === 'node' ? nodeSinner(sin) : pythonSinner(sin);
    const endpoint = await endpoints[start](request, {}, program);
    try {
      return (await endpoint.examine(PAYLOAD, CSV)).map(({ id, seen }) => `${id}: ${seen}`);
    } finally {
      await endpoint[Symbol.asyncDispose]();
    }
  };

  test.each<[string, 'node' | 'python', string, object?]>([
    [
      'body-not-read: On instance-1 an invocation was answered with success when 14 bytes',
      'python',
      'Handler.read = lambda self: self.rfile.read(min(3, int(self.headers["content-length"])))',
    ],
    [
      'body-not-read',
      'python',
      'Handler.read = lambda self: self.headers["content-length"] != "0" and self.rfile.read1()',
    ],
    [
      'body-not-read',
      'node',
      'does.read = (request) => new Promise((resolve) => request.once("data", resolve).once("end", () => resolve("")));',
    ],
    ['accept-ignored', 'python', 'Handler.accepts = lambda self: True'],
    [
      'dies-on-empty-body',
      'python',
      'read = Handler.read\nHandler.read = lambda self: read(self) or os._exit(3)',
    ],
    [
      'dies-on-large-body',
      'node',
      'const { predict } = does; does.predict = (body) => (body.length > 5e6 ? process.exit(7) : predict(body));',
    ],
    [
      'requests-queue: On instance-1 the server has 3 workers by its environment, and did not answer an invocation while',
      'python',
      SINGLE,
      WORKERS,
    ],
    [
      'requests-queue: On instance-1 the server has 3 workers by its environment, and answered 3 invocations at once one after the other',
      'node',
      'const { predict } = does; does.predict = (body) => { for (const began = Date.now(); Date.now() - began < 200; ); return predict(body); };',
      WORKERS,
    ],
  ])('%s (%s)', async (seen, start, sin, request) => {
    expect(await examined(sin, start, request)).toEqual([expect.stringContaining(seen)]);
  });

  test('dies-on-large-body: one of several processes', async () => {
    const forks = `
class Forking(HTTPServer): pass
kind = HTTPServer
read = Handler.read
def large(self):
    body = read(self)
    if len(body) > 5e6: os._exit(9)
    return body
Handler.read = large
server = HTTPServer((address, port), Handler)
for _ in range(3):
    if os.fork() == 0: server.serve_forever()
import time
while True: time.sleep(100)`;
    const found = await examined(forks, 'python');
    expect(found).toEqual([expect.stringContaining('one of its processes ended without an answer')]);
  });

  test('without a number of workers nobody can tell whether requests queue', async () => {
    expect(await examined(SINGLE, 'python')).toEqual([]);
  });

  test('of a payload that is refused is refused', async () => {
    await using endpoint = await endpoints.node({}, {}, nodeSinner());
    expect(await rejection(endpoint.examine(''))).toMatchObject({ code: 'MODEL_ERROR' });
  });

  test.each([
    ['does not answer', 'process.exit(3)'],
    ['has answered', 'response.end("1", () => process.exit(3))'],
  ])('does not blame a payload for an end before it: of a server that %s', async (_name, end) => {
    const sin = `const { invoke } = does;
      does.invoke = (request, response) => (request.headers.accept === 'text/csv' ? void ${end} : invoke(request, response));`;
    await using endpoint = await endpoints.node({}, {}, nodeSinner(sin));
    expect(await endpoint.examine(PAYLOAD)).toEqual([]);
    expect(endpoint.instances).toMatchObject([{ status: 'InService', busy: 0, restarts: 1 }]);
  });

  test('says so if its instance does not come up again, although others serve', async () => {
    const sin = `const { existsSync, writeFileSync } = require('node:fs');
      if (existsSync('/opt/ml/ended')) process.exit(7);
      does.end = () => { writeFileSync('/opt/ml/ended', ''); process.exit(3); };
      const { invoke } = does;
      does.invoke = (request, response) => (request.headers.accept ? does.end() : invoke(request, response));`;
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 }, {}, nodeSinner(sin));
    const error = await rejection(endpoint.examine(PAYLOAD));
    expect(error.code).toBe('ENDPOINT_FAILED');
    expect(error.message).toContain('instance-1 ended with exit code 7 before /ping answered 200.');
    expect(endpoint.status).toBe('InService');
  });

  test('of an endpoint that is stopped when it begins is ENDPOINT_STOPPED', async () => {
    await using endpoint = await endpoints.node({}, {}, nodeSinner());
    const invoke = endpoint.invoke.bind(endpoint);
    vi.spyOn(endpoint, 'invoke').mockImplementation(async (...asked) => {
      const answer = await invoke(...asked);
      const bytes = await answer.bytes();
      vi.spyOn(answer, 'bytes').mockImplementation(async () => {
        await endpoint.stop();
        return bytes;
      });
      return answer;
    });
    expect(await rejection(endpoint.examine(PAYLOAD))).toMatchObject({ code: 'ENDPOINT_STOPPED' });
  });

  test('does not make a payload that no machine has room for, whatever the limit', async () => {
    const limits = { maxPayloadBytes: Number.MAX_SAFE_INTEGER };
    await using endpoint = await endpoints.node({}, { limits }, nodeSinner());
    expect(await endpoint.examine(PAYLOAD)).toEqual([]);
  });

  test('ends with the endpoint', async () => {
    await using endpoint = await endpoints.node(
      {},
      {},
      nodeSinner('does.read = () => new Promise(() => {});'),
    );
    const examining = rejection(endpoint.examine(PAYLOAD));
    await expect.poll(() => endpoint.instances[0]!.busy, { timeout: 20_000 }).toBe(1);
    await endpoint.stop();
    expect((await examining).code).toMatch(/ENDPOINT_STOPPED|INVOCATION_FAILED/);
    await delay(0);
  });
});

describe('of a stop', () => {
  test('sigterm-ignored', async () => {
    const ignores = 'signal.signal(signal.SIGTERM, signal.SIG_IGN)';
    await using endpoint = await endpoints.python({}, { stopGraceMs: 400 }, pythonSinner(ignores));
    expect(endpoint.findings()).toEqual([]);
    await endpoint.stop();
    expect(endpoint.findings()).toMatchObject([
      {
        id: 'sigterm-ignored',
        seen: 'On instance-1 the server still ran 0.4 s after SIGTERM, and was killed.',
      },
    ]);
  });

  test.each([
    ['when the next server stops in order', false],
    ['when the endpoint is stopped meanwhile', true],
  ])('sigterm-ignored, of a server that was replaced, stays: %s', async (_name, isAtOnce) => {
    const sick = `
const { existsSync, writeFileSync } = require('node:fs');
if (!existsSync('/opt/ml/replaced')) {
  writeFileSync('/opt/ml/replaced', '');
  process.removeAllListeners('SIGTERM').on('SIGTERM', () => {});
  let count = 0;
  does.ping = (_request, response) => void response.writeHead(count++ === 0 ? 200 : 500).end();
}`;
    const options = { healthCheckIntervalMs: 20, stopGraceMs: 600 };
    await using endpoint = await endpoints.node({}, options, nodeSinner(sick));
    await once(endpoint, 'instanceUnhealthy');
    await (isAtOnce ? delay(200) : once(endpoint, 'instanceRestarted'));
    await endpoint.stop();
    expect(idsOf(endpoint)).toEqual(['sigterm-ignored']);
  });

  test('sigterm-not-passed-on', async () => {
    const command = ['sh', '-c', 'python3 -c "$0"; exit', pythonSinner()];
    await using endpoint = await endpoints.start({}, { command, stopGraceMs: 400 });
    await endpoint.stop();
    expect(endpoint.findings()).toMatchObject([
      { id: 'sigterm-not-passed-on', seen: expect.stringContaining('SIGTERM went to "sh"') },
    ]);
  });

  test('that is hurried says nothing of SIGTERM', async () => {
    const endpoint = await endpoints.python(
      {},
      {},
      pythonSinner('signal.signal(signal.SIGTERM, signal.SIG_IGN)'),
    );
    await endpoint[Symbol.asyncDispose]();
    expect(endpoint.findings()).toEqual([]);
  });
});
