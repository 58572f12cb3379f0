import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createProxy, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { containerRunner } from '../../../src/runner/container/container-runner.js';
import { findEngine } from '../../../src/runner/container/engine-address.js';
import { isGone, ownName } from '../../../src/runner/owner.js';
import type { DownloadProgress } from '../../../src/runner/runner.js';
import { rejection } from '../../support/expected-errors.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../../support/engine/engine.js';
import { untilLine } from '../support/algorithm.js';
import { useContainers } from './use-containers.js';

let config = '';
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'docker-config-'));
  vi.stubEnv('DOCKER_CONFIG', config);
  for (const name of ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'])
    vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(config, { recursive: true, force: true });
});

/** As `docker context create` writes it. */
function makeContext(name: string, host: string): void {
  const id = createHash('sha256').update(name).digest('hex');
  const directory = join(config, 'contexts/meta', id);
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'meta.json'),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}

test('the engine is the one that Docker would take', () => {
  expect(findEngine('ssh://there')).toMatchObject({ url: 'ssh://there' });
  expect(findEngine(undefined).url).toMatch(/^unix:\/\//);
  makeContext('desktop', 'unix:///desktop.sock');
  makeContext('other', 'tcp://other:2375');
  writeFileSync(join(config, 'config.json'), JSON.stringify({ currentContext: 'desktop' }));
  expect(findEngine(undefined)).toMatchObject({
    url: 'unix:///desktop.sock',
    from: 'the Docker context "desktop"',
  });
  vi.stubEnv('DOCKER_CONTEXT', 'other');
  expect(findEngine(undefined).url).toBe('tcp://other:2375');
  vi.stubEnv('DOCKER_CONTEXT', 'default');
  expect(findEngine(undefined).from).toBe('the default');
  vi.stubEnv('DOCKER_HOST', 'host:2375');
  expect(findEngine(undefined)).toMatchObject({ url: 'tcp://host:2375', certificates: undefined });
  vi.stubEnv('DOCKER_TLS_VERIFY', '1');
  expect(findEngine(undefined).certificates).toBe(config);
});

test('a context that is not there', () => {
  vi.stubEnv('DOCKER_CONTEXT', 'gone');
  expect(() => findEngine(undefined)).toThrow(/the Docker context "gone" cannot be read .*docker context ls/);
});

test.each([
  [
    'unix:///nowhere/docker.sock',
    /no engine answers at unix:\/\/\/nowhere.* \(from the option `engine`; ENOENT\)/,
  ],
  ['tcp://127.0.0.1:1', /ECONNREFUSED\)\. Start it .*DOCKER_HOST/],
  ['carrier-pigeon://coop', /begins with none of unix/],
])('no engine at %s', async (engine, message) => {
  const runner = containerRunner({ image: 'any', engine });
  const error = await rejection(runner.prepare({ directory: tmpdir(), command: ['x'], env: {} }));
  expect(error).toMatchObject({ code: 'RUNNER_UNAVAILABLE' });
  expect(error.message).toMatch(message);
});

test.each([
  [{ image: '' }, 'image'],
  [{ image: 'x', engine: 'nothing' }, 'engine'],
  [{ image: 'x', shmBytes: 0 }, 'shmBytes'],
  [{ image: 'x', memoryBytes: 1024 }, 'memoryBytes'],
  [{ image: 'x', usesEntrypoint: 'no' as never }, 'usesEntrypoint'],
])('options that cannot be meant: %o', (options, name) => {
  expect(() => containerRunner(options)).toThrow(`Expected \`${name}\` to be`);
});

test('who owns what is on an engine', () => {
  const [boot, namespace, user, pid, start] = ownName().split(':');
  const name = (...parts: (string | undefined)[]) => parts.join(':');
  expect(isGone(ownName(), true)).toBe(false);
  expect(isGone(name(boot, namespace, user, pid, '1'), false)).toBe(true); // the number was given to another
  expect(isGone(name(boot, '1', user, '1', '1'), false)).toBe(false); // cannot be seen from here
  expect(isGone(name('another', namespace, user, pid, start), false)).toBe(false);
  expect(isGone(name('another', namespace, user, pid, start), true)).toBe(true);
});

/** An engine that answers one request as it is told, and says of everything else that it is not there. */
async function withEngine(
  pulls: (write: (event: object) => void) => Promise<void> | void,
  use: (engine: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const isPull = request.url!.startsWith('/images/create');
    response.statusCode = isPull || /^\/(containers|networks)/.test(request.url!) ? 200 : 404;
    if (!isPull) {
      response.end(response.statusCode === 200 ? '[]' : '{"message":"No such image"}');
      return;
    }
    void Promise.resolve(pulls((event) => response.write(`${JSON.stringify(event)}\r\n`))).then(() =>
      response.end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a pull reports how far it is, and what it fails for', async () => {
  const pulls = (write: (event: object) => void) => {
    write({ status: 'Downloading', id: 'a', progressDetail: { current: 10, total: 100 } });
    write({ status: 'Downloading', id: 'b', progressDetail: { current: 5, total: 50 } });
    write({ status: 'Extracting', id: 'a', progressDetail: { current: 1, total: 7 } });
    write({ error: 'no space left on device', errorDetail: { message: 'no space left on device' } });
  };
  await withEngine(pulls, async (engine) => {
    const seen: DownloadProgress[] = [];
    const prepared = containerRunner({ image: 'big/image', engine }).prepare(
      { directory: tmpdir(), command: ['x'], env: {} },
      { onDownload: (progress) => seen.push(progress) },
    );
    const error = await rejection(prepared);
    expect(error).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
    expect(error.message).toMatch(/no space left on device/);
    expect(seen.at(-1)).toEqual({ image: 'big/image', bytes: 15, totalBytes: 150 });
  });
});

test('a pull can be given up', async () => {
  await withEngine(
    () => new Promise(() => undefined),
    async (engine) => {
      const controller = new AbortController();
      const prepared = containerRunner({ image: 'slow/image', engine }).prepare(
        { directory: tmpdir(), command: ['x'], env: {} },
        { signal: controller.signal, onDownload: () => controller.abort(new Error('enough')) },
      );
      await expect(prepared).rejects.toThrow('enough');
    },
  );
});

describeWithEngine('what an engine refuses', () => {
  const containers = useContainers();

  test.each([
    [['nope'], 'PROGRAM_NOT_FOUND', /There is no program "nope" in the image "pipe-mode\/tools"/],
    [['/no/where'], 'PROGRAM_NOT_FOUND', /There is no program "\/no\/where"/],
    [['/etc/passwd'], 'PROGRAM_NOT_EXECUTABLE', /may not be executed in the image .*chmod \+x/],
    [['/etc'], 'PROGRAM_NOT_EXECUTABLE', /"\/etc" cannot be run/],
  ])('%s', async (command, code, message) => {
    const error = await rejection(containers.start(command));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  test('an image that is not there', async () => {
    const error = await rejection(containers.start(['x'], { image: '127.0.0.1:9/no/image' }));
    expect(error).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
    expect(error.message).toMatch(
      /"127.0.0.1:9\/no\/image" is not there, and cannot be pulled: .*docker load/,
    );
  });

  test('an image that is removed after a look at it', async () => {
    const docker = connectToEngine();
    await docker.getImage(TOOLS).tag({ repo: 'pipe-mode/short-lived' });
    const { directory } = containers;
    const runner = containerRunner({ image: 'pipe-mode/short-lived', engine: engineHost });
    const prepared = await runner.prepare({ directory, command: ['true'], env: {} });
    await docker.getImage('pipe-mode/short-lived').remove();
    expect(await rejection(prepared.start())).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('a directory that the engine does not see', async () => {
    const { directory } = containers;
    const prepared = await containerRunner({ image: TOOLS, engine: engineHost }).prepare({
      directory,
      command: ['true'],
      env: {},
    });
    rmSync(join(directory, 'input'), { recursive: true });
    const error = await rejection(prepared.start());
    expect(error).toMatchObject({ code: 'RUNNER_FAILED' });
    expect(error.message).toMatch(/does not see the job's directory/);
  });

  /** Another way to the engine, which can be closed. */
  async function openProxy(port = 0) {
    const connections = new Set<Socket>();
    const proxy = createProxy((client) => {
      const upstream = connect(engineHost.replace('unix://', ''));
      for (const each of [client, upstream]) each.on('error', () => undefined);
      client.pipe(upstream).pipe(client);
      connections.add(client);
    });
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    return {
      port: (proxy.address() as AddressInfo).port,
      close: async () => {
        const closed = new Promise((resolve) => proxy.close(resolve));
        connections.forEach((each) => each.destroy());
        await closed;
      },
    };
  }

  test('an engine that goes away while a container runs', async () => {
    const proxy = await openProxy();
    const program = await containers.start(['sleep', '60'], { engine: `tcp://127.0.0.1:${proxy.port}` });
    await proxy.close();
    const [left] = await leftOnEngine(connectToEngine(), [process.pid]);
    const container = connectToEngine().getContainer(left!.split(' ')[1]!);
    await container.remove({ force: true }); // as long as it runs, it has not ended
    expect(await program.exited).toEqual({ code: null, signal: null, leftBehind: [] });
    const error = await rejection(program.collect());
    expect(error).toMatchObject({ code: 'RUNNER_FAILED' });
    expect(error.message).toMatch(/does not answer any more/);
    await program[Symbol.asyncDispose]();
  });

  test('an engine that comes back while a container runs', async () => {
    const proxy = await openProxy();
    const script = `trap 'echo saved > /opt/ml/model/saved; exit 7' TERM; echo ready; while :; do sleep 0.01; done`;
    const program = await containers.start(['sh', '-c', script], {
      engine: `tcp://127.0.0.1:${proxy.port}`,
    });
    await untilLine(program.stdout, 'ready');
    await proxy.close();
    await delay(500); // in which it is looked for
    const again = await openProxy(proxy.port);
    expect(await program.stop({ graceMs: 10_000 })).toMatchObject({ code: 7, signal: null });
    await program.collect();
    expect(readFileSync(containers.path('model/saved'), 'utf8')).toBe('saved\n');
    await program[Symbol.asyncDispose]();
    await again.close();
  });
});
