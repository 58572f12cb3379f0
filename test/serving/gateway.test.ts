import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import {
  InvokeEndpointWithResponseStreamCommand,
  type InvokeEndpointWithResponseStreamCommandInput,
  type InvokeEndpointWithResponseStreamCommandOutput,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { createEndpoint, type GatewayInvocationEvent } from 'sagemaker-pipe-mode/serving';
import { describe, expect, test, vi } from 'vitest';

import { hasBoto3, runWithBoto3 } from './support/boto3.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const NAMED = { EndpointName: 'my-endpoint' };

/** What a promise rejects with: of fetch and of AWS's clients, too. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.fail('It did not fail.'),
    (reason: unknown) => reason,
  );
}

/** Asks by HTTP. */
async function post(url: string, body = '', headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a gateway', () => {
  test('asks the server as InvokeEndpoint does: with the headers that the API has, and no others', async () => {
    await using endpoint = await endpoints.node(NAMED);
    const gateway = await endpoint.listen();
    expect(gateway.url).toBe(`http://127.0.0.1:${gateway.port}`);
    const given = {
      'content-type': 'text/csv',
      accept: 'application/json',
      'x-amzn-sagemaker-custom-attributes': 'trace=1',
      'x-amzn-sagemaker-target-model': 'a.tar.gz',
      'x-amzn-sagemaker-inference-id': 'id 1',
    };
    for (const path of ['/invocations', '/endpoints/my-endpoint/invocations']) {
      const others = { authorization: 'secret', cookie: 'a=b', 'x-other': '1' };
      const answer = await post(`${gateway.url}${path}`, '5.1,3.5', { ...given, ...others });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('x-amzn-invoked-production-variant')).toBe('AllTraffic');
      const { headers, ...asked } = JSON.parse(answer.text);
      expect(asked).toMatchObject({ method: 'POST', url: '/invocations', body: '5.1,3.5' });
      const { host: _host, connection: _connection, ...seen } = headers;
      expect(seen).toEqual({ ...given, 'content-length': '7' });
    }
  });

  test('forwards /ping, and says what else there is', async () => {
    await using endpoint = await endpoints.node(NAMED);
    const gateway = await endpoint.listen();
    const ping = await fetch(`${gateway.url}/ping`);
    expect([ping.status, await ping.text()]).toEqual([200, 'fine']);
    expect((await fetch(`${gateway.url}/invocations`)).status).toBe(405);
    const none = await post(`${gateway.url}/model`);
    expect(none).toMatchObject({ status: 404, text: expect.stringContaining('POST /invocations') });
  });

  test('words errors as the runtime API does', async () => {
    await using endpoint = await endpoints.node(NAMED);
    const gateway = await endpoint.listen();
    const url = `${gateway.url}/endpoints/my-endpoint/invocations`;
    const failed = await post(url, 'x', { 'content-type': '4xx' });
    expect(failed.status).toBe(424);
    expect(failed.headers.get('x-amzn-errortype')).toBe('ModelError');
    expect(JSON.parse(failed.text)).toEqual({
      Code: 'ModelError',
      Message: expect.stringContaining(
        'Received client error (415) from primary with message "no such thing"',
      ),
      OriginalMessage: 'no such thing',
      OriginalStatusCode: 415,
      LogStreamArn: expect.stringMatching(
        /^arn:aws:logs:[^:]+:0{12}:log-group:\/aws\/sagemaker\/Endpoints\/my-endpoint$/,
      ),
    });
    const cases: [string, Record<string, string>, string, number, RegExp][] = [
      [url, { 'x-amzn-sagemaker-session-id': '!' }, 'ValidationError', 400, /`sessionId`/],
      [
        `${gateway.url}/endpoints/other/invocations`,
        {},
        'ValidationError',
        400,
        /Endpoint "other" not found/,
      ],
      [url, { 'content-type': 'reset' }, 'InternalFailure', 500, /may have been handled/],
    ];
    for (const [to, headers, type, status, message] of cases) {
      const answer = await post(to, 'x', headers);
      expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([status, type]);
      expect(JSON.parse(answer.text)).toEqual({ Code: type, Message: expect.stringMatching(message) });
    }
  });

  test('refuses what is too long, whether its length is known or not, and goes on with the same connection', async () => {
    await using endpoint = await endpoints.node({}, { limits: { maxPayloadBytes: 100_000 } });
    const gateway = await endpoint.listen();
    const socket = connect(gateway.port, '127.0.0.1');
    const long = 'x'.repeat(100_001);
    socket.write(`POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: ${long.length}\r\n\r\n${long}`);
    const chunk = `${long.length.toString(16)}\r\n${long}\r\n`;
    socket.write(
      `POST /invocations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
    );
    socket.write(
      'POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: count\r\nContent-Length: 2\r\n\r\nok',
    );
    let answers = '';
    for await (const chunk of socket) {
      answers += String(chunk);
      if (answers.includes('HTTP/1.1 200')) break;
    }
    expect(answers.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 400', 'HTTP/1.1 200']);
    expect(answers.match(/limits\.maxPayloadBytes/g)).toHaveLength(2);
  });

  test('an answer that does not wait for the payload', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    for (let count = 0; count < 5; count++) {
      const answer = await post(`${gateway.url}/invocations`, 'x'.repeat(5_000_000), {
        'content-type': '4xx',
      });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([424, { OriginalStatusCode: 415 }]);
    }
  });

  test('many at once: each gets its own answer', async () => {
    await using endpoint = await endpoints.node({ InitialInstanceCount: 2 });
    const gateway = await endpoint.listen();
    const bodies = Array.from({ length: 500 }, (_, index) => `${index}`);
    const ask = async (body: string) =>
      JSON.parse((await post(`${gateway.url}/invocations`, body)).text).body;
    expect(await Promise.all(bodies.map(ask))).toEqual(bodies);
    expect(gateway.stats()).toMatchObject({ requests: 500, errors: 0, active: 0 });
  });

  test('streams both ways at the same time: nothing is held', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const request = httpRequest(`${gateway.url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'pieces', 'transfer-encoding': 'chunked' },
    });
    request.write('first');
    const [response] = await once(request, 'response');
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('first');
    request.end('second');
    expect(await text(response)).toBe('second');
  });

  test('breaks an answer off that has broken off, and answers with its length', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const known = await post(`${gateway.url}/invocations`, 'abc', { 'content-type': 'count' });
    expect([known.text, known.headers.get('content-length')]).toEqual(['3', '1']);
    const [event, failing] = await Promise.all([
      once(gateway, 'invocation') as Promise<[GatewayInvocationEvent]>,
      rejection(post(`${gateway.url}/invocations`, 'x', { 'content-type': 'halves' })),
    ]);
    expect(failing).toMatchObject({ message: 'terminated' });
    expect(event[0]).toMatchObject({ status: 200, error: { code: 'INVOCATION_FAILED' } });
  });

  test('gives up what its caller has given up', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const left = once(gateway, 'invocation');
    const giveUp = new AbortController();
    const asking = fetch(`${gateway.url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'hang' },
      body: 'x',
      signal: giveUp.signal,
    });
    await vi.waitUntil(() => endpoint.instances[0]!.busy === 1);
    giveUp.abort();
    await rejection(asking);
    expect(await left).toMatchObject([{ status: undefined, error: { code: 'ABORTED' } }]);
    await vi.waitUntil(() => endpoint.instances[0]!.busy === 0);
  });

  test('counts, and knows how long it took', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const nothing = { count: 0, p50Ms: undefined, p95Ms: undefined, p99Ms: undefined };
    expect(gateway.stats()).toEqual({ requests: 0, errors: 0, active: 0, lastMinute: nothing });
    const events: GatewayInvocationEvent[] = [];
    gateway.on('invocation', (event) => events.push(event));
    for (const type of ['count', 'count', '5xx']) {
      await post(`${gateway.url}/invocations`, 'x', { 'content-type': type });
    }
    await vi.waitUntil(() => events.length === 3);
    expect(events.map(({ status, instance }) => [status, instance])).toEqual([
      [200, 'instance-1'],
      [200, 'instance-1'],
      [424, undefined],
    ]);
    const { requests, errors, active, lastMinute } = gateway.stats();
    expect([requests, errors, active, lastMinute.count]).toEqual([3, 1, 0, 3]);
    expect(lastMinute.p50Ms).toBeGreaterThan(0);
    expect(lastMinute.p99Ms).toBeGreaterThanOrEqual(lastMinute.p50Ms!);
  });
});

describe('the life of a gateway', () => {
  test('a port that is taken, and others that cannot be had', async () => {
    await using endpoint = await endpoints.node();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await rejection(endpoint.listen({ port }))).toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken already`),
    });
    other.close();
    expect(await rejection(endpoint.listen({ port: 65_536 }))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await rejection(endpoint.listen({ host: '192.0.2.1' }))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await rejection(endpoint.listen({ prt: 1 } as object))).toMatchObject({ code: 'UNKNOWN_OPTION' });
    await using gateway = await endpoint.listen({ port }); // it is free now
    expect(gateway.port).toBe(port);
  });

  test('before the endpoint is in service it is answered so, and not any more when it is stopped', async () => {
    await using endpoint = createEndpoint({}, { command: ['sh', '-c', 'sleep 600', 'sh'] });
    const gateway = await endpoint.listen();
    const starting = rejection(endpoint.start());
    const early = await post(`${gateway.url}/invocations`);
    expect([early.status, early.text]).toEqual([503, expect.stringContaining('still being created')]);
    expect((await fetch(`${gateway.url}/ping`)).status).toBe(503);
    await endpoint.stop();
    expect(await starting).toMatchObject({ code: 'ENDPOINT_STOPPED' });
    await rejection(fetch(`${gateway.url}/ping`));
    expect(await rejection(endpoint.listen())).toMatchObject({ code: 'ENDPOINT_STOPPED' });
  });

  test('who has asked is answered while the endpoint is stopped; a server that hangs is not waited for longer than its grace', async () => {
    await using endpoint = await endpoints.node({}, { stopGraceMs: 300 }, HANGS);
    const gateway = await endpoint.listen();
    const asking = post(`${gateway.url}/invocations`, 'x');
    await vi.waitUntil(() => endpoint.instances[0]!.busy === 1);
    await endpoint.stop();
    const { status, text: answer } = await asking;
    expect([status, JSON.parse(answer)]).toEqual([
      503,
      { Code: 'ServiceUnavailable', Message: expect.stringContaining('may have been handled') },
    ]);
  });

  test('one that is closed is forgotten', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await using endpoint = await endpoints.node();
    const gateways = await Promise.all(
      [0, 1].map(async () => {
        const gateway = await endpoint.listen();
        await gateway.close();
        return new WeakRef(gateway);
      }),
    );
    await vi.waitUntil(() => {
      collect();
      return gateways.every((gateway) => gateway.deref() === undefined);
    });
  });

  test('close() does not wait for connections on which nothing is asked', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const silent = connect(gateway.port, '127.0.0.1');
    const begun = connect(gateway.port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(begun, 'connect')]);
    begun.write('POST /invocations HTTP/1.1\r\nHost:');
    await fetch(`${gateway.url}/ping`); // it has both then
    const closed = [silent, begun].map((socket) => {
      socket.on('error', () => undefined).resume();
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await gateway.close();
    await Promise.all(closed);
  });

  test('a payload may come for as long as the invocation may take, and longer than Node waits for it', async () => {
    await using endpoint = await endpoints.node();
    const gateway = await endpoint.listen();
    const servers: Server[] = [];
    const onStart = (message: unknown) => servers.push((message as { server: Server }).server);
    subscribe('http.server.request.start', onStart);
    await fetch(`${gateway.url}/ping`);
    unsubscribe('http.server.request.start', onStart);
    expect(servers).toMatchObject([{ requestTimeout: 0, headersTimeout: 60_000 }]);
  });

  test('close() ends with what is under way; disposal breaks it off', async () => {
    await using endpoint = await endpoints.node();
    const closing = await endpoint.listen();
    const broken = await endpoint.listen();
    const ask = (url: string, type: string) => post(`${url}/invocations`, 'x', { 'content-type': type });
    const hanging = rejection(ask(broken.url, 'hang'));
    await vi.waitUntil(() => endpoint.instances[0]!.busy === 1);
    await ask(closing.url, 'count');
    await closing.close();
    await rejection(ask(closing.url, 'count'));
    await broken[Symbol.asyncDispose]();
    await hanging;
    expect(broken.stats()).toMatchObject({ active: 0, errors: 1 });
  });
});

describe("AWS's own clients", () => {
  test.skipIf(!hasBoto3)('boto3', async () => {
    await using endpoint = await endpoints.node(NAMED);
    const gateway = await endpoint.listen();
    expect(await runWithBoto3(BOTO3, [gateway.url])).toEqual({
      type: 'application/json',
      variant: 'AllTraffic',
      body: '5.1,3.5',
      code: 'ModelError',
      status: [424, 415],
      original: 'no such thing',
      unknown: 'ValidationError',
    });
  });

  test('the SDK for JavaScript: a response stream, and how it fails', async () => {
    await using endpoint = await endpoints.node(NAMED);
    const gateway = await endpoint.listen();
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new SageMakerRuntimeClient({ endpoint: gateway.url, region: 'us-east-1', credentials });
    const ask = async (input: Partial<InvokeEndpointWithResponseStreamCommandInput>) => {
      const asked = { EndpointName: 'my-endpoint', Body: 'x', ...input };
      return await client.send(new InvokeEndpointWithResponseStreamCommand(asked));
    };
    const Body = randomBytes(1_000_000);
    const streamed = await ask({ Body, ContentType: 'pieces' });
    const parts = await partsOf(streamed);
    expect(parts.length).toBeGreaterThan(1);
    expect(Buffer.concat(parts).equals(Body)).toBe(true);
    const described = await ask({ Accept: 'application/json', CustomAttributes: 'trace=1' });
    expect(described).toMatchObject({
      ContentType: 'application/json',
      InvokedProductionVariant: 'AllTraffic',
    });
    expect(JSON.parse(Buffer.concat(await partsOf(described)).toString())).toMatchObject({
      headers: { accept: 'application/json', 'x-amzn-sagemaker-custom-attributes': 'trace=1' },
    });
    expect(await rejection(ask({ ContentType: '4xx' }))).toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 415,
    });
    const broken = await ask({ ContentType: 'halves' });
    expect(await rejection(partsOf(broken))).toMatchObject({
      name: 'ModelStreamError',
      ErrorCode: 'StreamBroken',
    });
    client.destroy();
  });

  test('a response stream that takes too long', async () => {
    const limits = { streamTimeoutMs: 500 };
    await using endpoint = await endpoints.node({}, { limits }, ENDLESS);
    const gateway = await endpoint.listen();
    const answer = await post(`${gateway.url}/invocations-response-stream`);
    expect(answer.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    expect(answer.text).toMatch(
      /PayloadPart[^]*ModelStreamError[^]*"ErrorCode":"ModelInvocationTimeExceeded"/,
    );
  });
});

/** All pieces of a response stream. */
async function partsOf({ Body }: InvokeEndpointWithResponseStreamCommandOutput): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const { PayloadPart } of Body!) parts.push(PayloadPart!.Bytes!);
  return parts;
}

const ENDLESS = `
  require('node:http').createServer((request, response) => {
    if (request.url === '/ping') return response.end();
    setInterval(() => response.write('more'), 10);
  }).listen(8080);`;

const HANGS = `
  require('node:http').createServer((request, response) => {
    if (request.url === '/ping') response.end();
  }).listen(8080);
  process.on('SIGTERM', () => undefined);`;

const BOTO3 = `
import boto3, json, sys
client = boto3.client("sagemaker-runtime", endpoint_url=sys.argv[1], region_name="us-east-1",
    aws_access_key_id="a", aws_secret_access_key="b")
ask = lambda **options: client.invoke_endpoint(**{"EndpointName": "my-endpoint", "Body": b"5.1,3.5", **options})
answer = ask(ContentType="text/csv", Accept="application/json")
result = {"type": answer["ContentType"], "variant": answer["InvokedProductionVariant"],
    "body": json.loads(answer["Body"].read())["body"]}
try:
    ask(ContentType="4xx")
except client.exceptions.ModelError as error:
    result["code"] = error.response["Error"]["Code"]
    result["status"] = [error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["OriginalStatusCode"]]
    result["original"] = error.response["OriginalMessage"]
try:
    ask(EndpointName="other")
except client.exceptions.ClientError as error:
    result["unknown"] = error.response["Error"]["Code"]
print(json.dumps(result))`;
