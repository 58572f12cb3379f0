import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { type CheckpointOptions, Checkpoints } from '../../src/artifacts/checkpoints/checkpoints.js';
import { HostFiles } from '../../src/artifacts/checkpoints/host-files.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { leaseThreads } from '../../src/workers/threads.js';
import { noise, sha256 } from '../support/bytes.js';
import { rejection, thrown } from '../support/expected-errors.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { readAll } from '../source/source-helpers.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
const never = new AbortController().signal;
const running: Checkpoints[] = [];
let server: S3Server;
let directory: string;

beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  directory = join(scratch.dir, 'algo-1');
  mkdirSync(directory);
});
afterEach(async () => {
  await Promise.allSettled(running.splice(0).map((each) => each.stop()));
  await server.idle(); // whatever happened, no connection is left
  await server.stop();
});

function checkpoints(options: Partial<CheckpointOptions> = {}): Checkpoints {
  const made = new Checkpoints({
    destination: 's3://bucket/checkpoints',
    directories: [directory],
    s3: server.clientConfig,
    intervalMs: 20,
    ...options,
  });
  running.push(made);
  return made;
}

/** One that has begun, and has nothing to restore. */
function started(options: Partial<CheckpointOptions> = {}): Checkpoints {
  const made = checkpoints(options);
  made.start();
  return made;
}

function write(name: string, content: string | Uint8Array, into = directory): string {
  const path = join(into, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** What is below a directory, by SHA-256. */
function hashes(of: string): Record<string, string> {
  const files = readdirSync(of, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const paths = files.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return Object.fromEntries(
    paths.sort().map((path) => [path.slice(of.length + 1), sha256(readFileSync(path))]),
  );
}

async function inBucket(prefix = 'checkpoints/'): Promise<Record<string, string>> {
  const source = s3Source(`s3://bucket/${prefix}`, { s3: server.clientConfig });
  try {
    const objects = await readAll(source);
    return Object.fromEntries(objects.map(({ key, bytes }) => [key.slice(prefix.length), sha256(bytes)]));
  } catch {
    return {}; // SOURCE_EMPTY
  } finally {
    await source.close?.();
  }
}

const deletions = () =>
  server.seen.filter(({ operation }) => operation === 'DeleteObject').map(({ key }) => key);
const puts = () => server.seen.filter(({ operation }) => operation === 'PutObject').map(({ key }) => key);

describe.each(['s3', 'local', 'file://'] as const)('to and from %s', (kind) => {
  const out = () => scratch.path('out', 'deep');
  const destination = () =>
    kind === 's3' ? 's3://bucket/checkpoints' : kind === 'local' ? out() : pathToFileURL(out()).href;
  const stored = () => (kind === 's3' ? inBucket() : Promise.resolve(existsSync(out()) ? hashes(out()) : {}));
  const becomes = (texts: Readonly<Record<string, string>>) =>
    vi.waitFor(
      async () =>
        expect(await stored()).toEqual(
          Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, sha256(Buffer.from(text))])),
        ),
      10_000,
    );

  test('what one job has written, the next one goes on with', async () => {
    const first = checkpoints({ destination: destination() });
    await first.restore(never); // there is nothing
    expect(readdirSync(directory)).toEqual([]);
    first.start();
    write('step-1/weights', noise(9 * MIB));
    write('step-1/empty', '');
    write('latest', 'step-1');
    write('ü/Ω "quoted" &+ %41', 'name');
    await first.stop();
    expect(await stored()).toEqual(hashes(directory));

    const next = join(scratch.dir, 'next');
    mkdirSync(next);
    const second = checkpoints({ destination: destination(), directories: [next] });
    await second.restore(never);
    expect(hashes(next)).toEqual(hashes(directory));
    second.start();
    server.seen.length = 0;
    write('latest', 'step-2', next);
    await second.stop();
    expect(await stored()).toEqual(hashes(next));
    if (kind === 's3') expect(puts()).toEqual(['checkpoints/latest']); // and nothing that was restored
  });

  test('many small files; in S3, more than a page of a listing', async () => {
    const count = kind === 's3' ? 1050 : 300;
    for (let n = 0; n < count; n++) write(`${n % 7}/${n}`, noise(n, n + 1));
    await started({ destination: destination() }).stop();
    expect(await stored()).toEqual(hashes(directory));
    const hosts = ['a', 'b'].map((host) => join(scratch.dir, host));
    for (const host of hosts) mkdirSync(host);
    await checkpoints({ destination: destination(), directories: hosts }).restore(never);
    for (const host of hosts) expect(hashes(host)).toEqual(hashes(directory));
  }, 120_000);

  test('synchronises while it runs: what is new, and what is deleted', async () => {
    const running = started({ destination: destination() });
    write('step-1/weights', 'one');
    await becomes({ 'step-1/weights': 'one' });
    write('step-2/weights', 'two');
    rmSync(join(directory, 'step-1'), { recursive: true });
    await becomes({ 'step-2/weights': 'two' });
    write('latest', '2');
    rmSync(join(directory, 'step-2/weights'));
    await running.stop();
    await becomes({ latest: '2' });
    if (kind !== 's3') expect(readdirSync(out())).toEqual(['latest']); // no empty directories
  });

  test('what was restored is deleted, too, and nothing that is somebody else’s', async () => {
    write('ü/old', 'old');
    write('kept', 'kept');
    await started({ destination: destination() }).stop();
    const next = join(scratch.dir, 'next');
    mkdirSync(next);
    const second = checkpoints({ destination: destination(), directories: [next] });
    await second.restore(never);
    second.start();
    if (kind === 's3') server.put('bucket', 'checkpoints/ü/mine', 'mine');
    else write('ü/mine', 'mine', out());
    rmSync(join(next, 'ü'), { recursive: true });
    await second.stop();
    await becomes({ kept: 'kept', 'ü/mine': 'mine' });
  });

  test('a directory in the place of a file, and a file in the place of a directory', async () => {
    const running = started({ destination: destination() });
    write('a', 'file');
    write('b/c', 'file');
    await becomes({ a: 'file', 'b/c': 'file' });
    rmSync(join(directory, 'a'));
    rmSync(join(directory, 'b'), { recursive: true });
    write('a/c', 'below');
    write('b', 'above');
    await becomes({ 'a/c': 'below', b: 'above' });
    await running.stop();
  });

  test('a directory that has vanished, or cannot be listed, is no reason to delete anything', async () => {
    const running = started({ destination: destination() });
    write('a/b', '1');
    write('c', '2');
    await becomes({ 'a/b': '1', c: '2' });
    renameSync(directory, `${directory}-elsewhere`);
    await delay(200); // some looks
    renameSync(`${directory}-elsewhere`, directory);
    rmSync(join(directory, 'c'));
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/a/`), Buffer.from([0xff])]), 'x');
    await expect(running.failed).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    rmSync(directory, { recursive: true });
    await running.stop();
    await becomes({ 'a/b': '1', c: '2' });
  });

  test('several hosts: of the same file the latest', async () => {
    const other = join(scratch.dir, 'algo-2');
    const running = started({ destination: destination(), directories: [directory, other] });
    const paths = [write('same', 'first'), write('same', 'second', other)];
    write('one', '1');
    write('two', '2', other);
    utimesSync(paths[0]!, 2000, 2000);
    utimesSync(paths[1]!, 1000, 1000);
    await running.stop();
    const expected = { one: '1', same: 'first', two: '2' };
    expect(await stored()).toEqual(
      Object.fromEntries(Object.entries(expected).map(([key, text]) => [key, sha256(Buffer.from(text))])),
    );
  });

  test('a name that is not UTF-8 is refused, by the one who notices first', async () => {
    const running = started({ destination: destination() });
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/a`), Buffer.from([0xff])]), 'x');
    await expect(running.failed).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect((await rejection(running.stop())).message).toMatch(/a\\xff" is not valid UTF-8/);
  });
});

test('an unchanged file is copied once, and one of the same size and modification time again', async () => {
  const path = write('file', 'one');
  const running = started();
  await vi.waitFor(() => expect(puts()).toHaveLength(1), 10_000);
  const { atime, mtime } = statSync(path);
  renameSync(write('other.tmp-', 'two'), path);
  utimesSync(path, atime, mtime);
  await vi.waitFor(() => expect(puts()).toHaveLength(2), 10_000);
  await running.stop();
  expect(puts()).toHaveLength(2);
  expect(await inBucket()).toEqual({ file: sha256(Buffer.from('two')) });
});

test('what is written again within the tick of a clock is not missed at the end', async () => {
  const running = started({ intervalMs: 1 });
  const path = write('counter', '0');
  for (let n = 1; n <= 300; n++) {
    writeFileSync(path, String(n % 10));
    await delay(1);
  }
  writeFileSync(path, '7');
  await running.stop();
  expect(await inBucket()).toEqual({ counter: sha256(Buffer.from('7')) });
});

test('a file that grows while it is copied goes in the next round, never in half', async () => {
  const path = write('weights', noise(40 * MIB)); // more than is read before the first part is there
  let grown = false;
  const grow = () => {
    if (!grown) appendFileSync(path, 'more');
    grown = true;
  };
  server.faults.add({ operation: 'UploadPart', then: grow });
  const running = started();
  const completed = () =>
    server.seen.filter(({ operation }) => operation === 'CompleteMultipartUpload').length;
  await vi.waitFor(() => expect(completed()).toBe(1), 15_000);
  expect(await inBucket()).toEqual(hashes(directory));
  expect(server.seen.map(({ operation }) => operation)).toContain('AbortMultipartUpload');
  await running.stop();
  expect(completed()).toBe(1);
});

test('at the end, a file that does not cease to grow is taken as it is', async () => {
  const path = write('log', noise(20 * MIB));
  const writer = spawn('sh', ['-c', 'while echo more; do :; done >> log'], {
    cwd: directory,
    stdio: 'ignore',
  });
  await started({ intervalMs: 60_000 }).stop();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const source = s3Source('s3://bucket/checkpoints/log', { s3: server.clientConfig });
  const [object] = await readAll(source);
  await source.close?.();
  expect(object!.bytes.length).toBeGreaterThan(20 * MIB);
  expect(object!.bytes.equals(readFileSync(path).subarray(0, object!.bytes.length))).toBe(true);
});

test('files that come, go and change all the time do not fail it', async () => {
  const writer = spawn(
    process.execPath,
    [
      '-e',
      `const fs = require('fs');
      for (let n = 0; ; n = (n + 1) % 50) {
        const dir = 'step-' + n;
        fs.mkdirSync(dir, { recursive: true });
        fs.writeFileSync(dir + '/tmp', Buffer.alloc(1000 * n, n));
        fs.renameSync(dir + '/tmp', dir + '/weights');
        fs.rmSync('step-' + ((n + 25) % 50), { recursive: true, force: true });
      }`,
    ],
    { cwd: directory, stdio: 'ignore' },
  );
  const running = started({ intervalMs: 1 });
  await Promise.race([running.failed, delay(3000)]);
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  await running.stop();
  expect(await inBucket()).toMatchObject(hashes(directory));
}, 60_000);

test('links are followed inside the directory only; sockets, FIFOs and devices are left out', async () => {
  const outside = write('secret', 'secret', scratch.path('outside'));
  write('step-1/weights', 'one');
  write('step-1/more', 'more');
  symlinkSync('step-1', join(directory, 'latest'));
  symlinkSync(join(directory, 'step-1/weights'), join(directory, 'absolute'));
  symlinkSync('../more', join(directory, 'step-1', 'nowhere'));
  symlinkSync('..', join(directory, 'step-1', 'above'));
  symlinkSync(outside, join(directory, 'out'));
  symlinkSync(dirname(outside), join(directory, 'out-dir'));
  symlinkSync('/dev/zero', join(directory, 'zero'));
  symlinkSync('circle', join(directory, 'circle'));
  linkSync(join(directory, 'step-1/more'), join(directory, 'hard'));
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  await started().stop();
  const [one, more] = ['one', 'more'].map((text) => sha256(Buffer.from(text)));
  expect(await inBucket()).toEqual({
    absolute: one,
    hard: more,
    'latest/more': more,
    'latest/weights': one,
    'step-1/more': more,
    'step-1/weights': one,
  });
});

test('links between directories do not multiply without end', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `d${n}`);
  for (const name of names) {
    write(`${name}/file`, name);
    for (const other of names) if (other !== name) symlinkSync(`../${other}`, join(directory, name, other));
  }
  await started().stop();
  expect(Object.keys(await inBucket())).toHaveLength(12 * 12);
});

test('a directory that is removed and made anew is none of the failures', async () => {
  const running = started();
  write('a/b', '1');
  await vi.waitFor(() => expect(puts()).toHaveLength(1), 10_000);
  rmSync(directory, { recursive: true });
  await delay(100); // some looks
  expect(deletions()).toEqual([]);
  write('a/c', '2');
  await running.stop();
  expect(Object.keys(await inBucket())).toEqual(['a/c']);
});

test('a file that is not there at one look may be on its way: it is deleted if it is not there at the next', async () => {
  const host = new HostFiles(directory);
  const path = write('weights', 'one');
  await using _threads = { [Symbol.asyncDispose]: leaseThreads().release };
  const look = async (isLast = false) => {
    const { changed, gone } = await host.look(isLast, never);
    for (const { key, status } of changed) host.noteCopied(key, status, true);
    return gone;
  };
  await look(true);
  renameSync(path, `${path}.old`);
  expect(await look()).toEqual([]);
  renameSync(`${path}.old`, path);
  expect(await look()).toEqual([]);
  rmSync(path);
  expect(await look()).toEqual([]);
  expect(await look()).toEqual(['weights']);
  expect(await look()).toEqual(['weights']); // until it is noted
  host.noteRemoved('weights');
  expect(await look()).toEqual([]);
  write('last', 'x');
  await look(true);
  rmSync(join(directory, 'last'));
  expect(await look(true)).toEqual(['last']);
});

test('a file that is replaced all the time is never deleted', async () => {
  const writer = spawn('sh', ['-c', 'while :; do echo x > tmp && mv tmp weights; done'], {
    cwd: directory,
    stdio: 'ignore',
  });
  const running = started({ intervalMs: 1 });
  await Promise.race([running.failed, delay(1500)]);
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  await running.stop();
  expect(deletions()).not.toContain('checkpoints/weights');
  expect(Object.keys(await inBucket())).toContain('weights');
});

test('an old checkpoint is deleted after the new one was copied, and not if that fails', async () => {
  const running = started();
  const old = write('step-1', 'one');
  await vi.waitFor(() => expect(puts()).toHaveLength(1), 10_000);
  const fault = { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
  server.faults.add({ operation: 'PutObject', key: 'checkpoints/step-2', fault, times: 2 });
  write('step-2', 'two');
  rmSync(old);
  expect((await rejection(running.failed)).code).toBe('S3_ACCESS_DENIED');
  expect((await rejection(running.stop())).code).toBe('S3_ACCESS_DENIED');
  expect(deletions()).toEqual([]);
  expect(Object.keys(await inBucket())).toEqual(['step-1']);
});

test('a deletion is tried again, and fails for want of a permission', async () => {
  const running = started();
  const [one, two] = [write('one', '1'), write('two', '2')];
  await vi.waitFor(() => expect(puts()).toHaveLength(2), 10_000);
  const busy = { kind: 'answer', status: 503, code: 'SlowDown' } as const;
  server.faults.add({ operation: 'DeleteObject', key: 'checkpoints/one', fault: busy });
  rmSync(one);
  await vi.waitFor(async () => expect(Object.keys(await inBucket())).toEqual(['two']), 10_000);
  const denied = { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
  server.faults.add({ operation: 'DeleteObject', fault: denied });
  rmSync(two);
  const error = await rejection(running.failed);
  expect(error).toMatchObject({ code: 'S3_ACCESS_DENIED', key: 'checkpoints/two' });
  expect(error.message).toMatch(/^Deleting s3:\/\/bucket\/checkpoints\/two failed.*need s3:DeleteObject/);
  await running.stop(); // which works again
  expect(await inBucket()).toEqual({});
});

test('several hosts: who has only restored a file does not keep it, who has written one does', async () => {
  server.put('bucket', 'checkpoints/restored', 'x');
  const other = join(scratch.dir, 'algo-2');
  mkdirSync(other);
  const running = checkpoints({ directories: [directory, other] });
  await running.restore(never);
  running.start();
  write('both', '1');
  write('both', '2', other);
  await vi.waitFor(async () => expect(Object.keys(await inBucket())).toEqual(['both', 'restored']), 10_000);
  for (const name of ['restored', 'both']) rmSync(join(directory, name));
  await vi.waitFor(async () => expect(Object.keys(await inBucket())).toEqual(['both']), 10_000);
  await running.stop();
  expect(await inBucket()).toEqual({ both: sha256(Buffer.from('2')) });
  expect(readdirSync(other).sort()).toEqual(['both', 'restored']);
});

test('nothing is deleted by way of a link at the destination', async () => {
  const to = scratch.path('out');
  write('step-1/weights', 'one', to);
  symlinkSync('step-1', join(to, 'latest'));
  const running = checkpoints({ destination: to });
  await running.restore(never);
  expect(Object.keys(hashes(directory))).toEqual(['latest/weights', 'step-1/weights']);
  running.start();
  rmSync(join(directory, 'latest'), { recursive: true });
  await running.stop();
  expect(Object.keys(hashes(to))).toEqual(['step-1/weights']);
});

test('the last synchronisation ends with a signal', async () => {
  const running = started({ intervalMs: 60_000 });
  write('one', '1');
  const controller = new AbortController();
  const reason = new Error('enough');
  const then = () => setTimeout(() => controller.abort(reason), 50);
  server.throttle.latencyMs = 20_000;
  server.faults.add({ operation: 'PutObject', then });
  await expect(running.stop(controller.signal)).rejects.toBe(reason);
  await expect(running.stop()).rejects.toBe(reason);
  const other = started();
  await expect(other.stop(AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(puts()).toHaveLength(1);
});

test('a server that fails for a while is tried again, in the same round and in the next', async () => {
  write('one', '1');
  let refused = 0;
  const then = () => refused++;
  const fault = { kind: 'answer', status: 500, code: 'InternalError' } as const;
  server.faults.add({ operation: 'PutObject', times: 7, fault, then });
  const running = started();
  await vi.waitFor(async () => expect(await inBucket()).toEqual(hashes(directory)), 20_000);
  write('two', '2');
  await running.stop();
  expect(refused).toBe(7);
  expect(await inBucket()).toEqual(hashes(directory));
});

test('so is one that is away, and comes back', async () => {
  const port = Number(new URL(server.endpoint).port);
  const client = server.client({ maxAttempts: 1 });
  let attempts = 0;
  client.middlewareStack.add((next) => (args) => (attempts++, next(args)), { step: 'initialize' });
  const running = started({ s3: client });
  await server.stop();
  write('one', '1');
  await vi.waitFor(() => expect(attempts).toBeGreaterThan(6), 20_000); // so one round has failed
  server = await startS3Server({ port });
  server.createBucket('bucket');
  const isThere = vi.waitFor(async () => expect(await inBucket()).toEqual(hashes(directory)), 20_000);
  await Promise.race([running.failed, isThere]);
  await running.stop();
  client.destroy();
});

test('one that stays away is a failure, of the last synchronisation too', async () => {
  const running = started();
  const { endpoint } = server;
  await server.stop();
  write('one', '1');
  const error = await rejection(running.failed);
  expect(error).toMatchObject({ code: 'S3_UNREACHABLE', key: 'checkpoints/one' });
  expect(error.message).toContain(endpoint);
  expect((await rejection(running.stop())).code).toBe('S3_UNREACHABLE');
  expect((await rejection(running.stop())).code).toBe('S3_UNREACHABLE');
  server = await startS3Server();
}, 60_000);

test.each([
  ['S3_ACCESS_DENIED', { kind: 'answer', status: 403, code: 'AccessDenied' }],
  ['S3_REQUEST_FAILED', { kind: 'answer', status: 400, code: 'InvalidRequest' }],
] as const)('what trying again does not mend fails at once (%s)', async (code, fault) => {
  server.faults.add({ operation: 'PutObject', times: 1, fault });
  write('one', '1');
  const running = started();
  expect((await rejection(running.failed)).code).toBe(code);
  await running.stop(); // which works again
  expect(await inBucket()).toEqual(hashes(directory));
});

test('a failure that nobody waits for is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  try {
    server.faults.add({
      operation: 'PutObject',
      fault: { kind: 'answer', status: 403, code: 'AccessDenied' },
    });
    write('one', '1');
    const running = started();
    await vi.waitFor(() => expect(puts()).toHaveLength(1), 10_000);
    await running.stop();
    await delay(0);
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', listener);
  }
});

test('a full disk fails it, and leaves nothing behind', async () => {
  const to = scratch.path('small');
  mkdirSync(to);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', to]);
  try {
    write('weights', noise(3 * MIB));
    const running = started({ destination: join(to, 'out') });
    const error = await rejection(running.failed);
    expect(error).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN', path: join(to, 'out', 'weights') });
    expect((await rejection(running.stop())).message).toMatch(/ENOSPC/);
    expect(hashes(to)).toEqual({});

    server.put('bucket', 'checkpoints/small', 'x');
    server.putSynthetic('bucket', 'checkpoints/weights', 3 * MIB);
    const restoring = rejection(checkpoints({ directories: [join(to, 'out')] }).restore(never));
    expect(await restoring).toMatchObject({ code: 'DEST_NOT_WRITABLE', key: 'weights' });
    expect(hashes(to)).toEqual({});
  } finally {
    execFileSync('umount', [to]);
  }
});

test('restores over several connections, large objects too, with the times of the objects', async () => {
  server.throttle.latencyMs = 20;
  server.putSynthetic('bucket', 'checkpoints/large', 50 * MIB + 1);
  for (let n = 0; n < 20; n++) server.put('bucket', `checkpoints/${n}`, noise(n * 1000));
  server.put('bucket', 'checkpoints-of-others/x', 'x');
  server.put('bucket', 'checkpoints/folder/', '');
  await checkpoints().restore(never);
  expect(hashes(directory)).toEqual(await inBucket());
  expect(server.accepted).toBeGreaterThan(8);
  expect(statSync(join(directory, 'large')).mtimeMs).toBeLessThan(Date.now() - 1000);
});

test('restores what a killed process has left, without its temporary files', async () => {
  const to = scratch.path('out');
  write('weights', 'one', to);
  write('.weights.01234567-89ab-cdef-0123-456789abcdef.partial', 'on', to);
  write('.hidden.partial', 'mine', to);
  await checkpoints({ destination: to }).restore(never);
  expect(readdirSync(directory).sort()).toEqual(['.hidden.partial', 'weights']);
});

test.each([
  [
    'the first request',
    (abort: () => void) => server.faults.add({ operation: 'ListObjectsV2', then: abort }),
  ],
  [
    'a download',
    (abort: () => void) => server.faults.add({ operation: 'GetObject', key: 'checkpoints/40', then: abort }),
  ],
  [
    'a download that stalls',
    (abort: () => void) =>
      server.faults.add({
        operation: 'GetObject',
        key: 'checkpoints/large',
        fault: { kind: 'stall', afterBytes: 1000 },
        then: () => setTimeout(abort, 200),
      }),
  ],
])('aborted during %s, restoring leaves nothing', async (_, abortAt) => {
  for (let n = 0; n < 50; n++) server.put('bucket', `checkpoints/${n}`, noise(10_000));
  server.putSynthetic('bucket', 'checkpoints/large', 30 * MIB);
  const controller = new AbortController();
  const reason = new Error('enough');
  abortAt(() => controller.abort(reason));
  const aborted = checkpoints();
  await expect(aborted.restore(controller.signal)).rejects.toBe(reason);
  expect(hashes(directory)).toEqual({});
  await aborted.stop();
  expect(puts()).toEqual([]);
});

test('aborted before it begins, nothing is asked for', async () => {
  await expect(checkpoints().restore(AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  expect(server.seen).toEqual([]);
});

test.each([
  ['UNSAFE_KEY', ['../x']],
  ['UNSAFE_KEY', ['a//b']],
  ['UNSAFE_KEY', ['/etc/x']],
  ['UNSAFE_KEY', ['n'.repeat(256)]],
  ['KEY_COLLISION', ['a', 'a/b']],
] as const)('%s: %j cannot be restored', async (code, keys) => {
  for (const key of keys) server.put('bucket', `checkpoints/${key}`, 'x');
  const error = await rejection(checkpoints().restore(never));
  expect(error.code).toBe(code);
  expect(keys).toContain(error.key);
  expect(hashes(scratch.dir)).toEqual({});
});

test('a bucket that is not there, and one that nobody may list', async () => {
  expect((await rejection(checkpoints({ destination: 's3://missing' }).restore(never))).code).toBe(
    'S3_NO_SUCH_BUCKET',
  );
  server.faults.add({
    operation: 'ListObjectsV2',
    fault: { kind: 'answer', status: 403, code: 'AccessDenied' },
  });
  expect((await rejection(checkpoints().restore(never))).code).toBe('S3_ACCESS_DENIED');
});

test.each<[string, unknown, string]>([
  ['destination', 'https://x/y', 'INVALID_OPTION'],
  ['destination', 's3:/x', 'S3_INVALID_URI'],
  ['destination', '', 'INVALID_OPTION'],
  ['intervalMs', 0, 'INVALID_OPTION'],
  ['s3', 'x', 'INVALID_OPTION'],
])('%s: %j is refused', (name, value, code) => {
  expect(thrown(() => checkpoints({ [name]: value })).code).toBe(code);
});

test('a destination in the directory, around it, or the same by way of a link is refused', async () => {
  for (const destination of [directory, join(directory, 'x/y'), scratch.dir, '/'])
    expect(thrown(() => checkpoints({ destination }))).toMatchObject({ code: 'INVALID_OPTION' });
  checkpoints({ destination: `${directory}-1` });
  const late = checkpoints({ destination: scratch.path('link', 'x') });
  symlinkSync(directory, scratch.path('link'));
  expect((await rejection(late.restore(never))).code).toBe('INVALID_OPTION');
  expect(thrown(() => late.start()).code).toBe('INVALID_OPTION');
});

test('stopped without a start, or twice', async () => {
  write('half', 'x');
  const idle = checkpoints();
  await idle.stop();
  expect(server.seen).toEqual([]);
  expect(thrown(() => idle.start()).code).toBe('INVALID_STATE');
  const once = started();
  await Promise.all([once.stop(), once.stop()]);
  await once.stop();
  expect(puts()).toEqual(['checkpoints/half']);
});
