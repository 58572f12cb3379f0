import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type Docker from 'dockerode';
import { expect, test } from 'vitest';

import { collectOutputs } from '../../../src/runner/container/collect.js';
import { copyOut } from '../../../src/runner/container/copy-out.js';
import type { Engine } from '../../../src/runner/container/engine.js';
import { LiveCopy } from '../../../src/runner/container/live-copy.js';
import { asNobody, NOBODY } from '../../support/as-nobody.js';
import { rejection } from '../../support/expected-errors.js';
import { useScratch } from '../../support/scratch.js';
import { type Answer, tarOf, withFakeEngine } from './fake-engine.js';

const scratch = useScratch();

const NOT_THERE: Answer = { status: 404, body: '{"message":"nothing is there"}' };

/** Has a container with what is in `container` for its /opt/ml. */
async function withContainer(use: (engine: Engine, container: Docker.Container) => Promise<void>) {
  const answers = (request: string): Answer => {
    if (request === 'GET changes') return { status: 200, body: '[]' };
    const name = basename(request);
    const isThere = lstatSync(scratch.path('container', name), { throwIfNoEntry: false }) !== undefined;
    return isThere ? { status: 200, body: tarOf(scratch.path('container'), name) } : NOT_THERE;
  };
  await withFakeEngine(answers, use);
}

/** Somebody's directory on this machine, with an old file in it. Says what it looks like. */
function makeForeign(): () => unknown {
  scratch.files({ 'foreign/file': 'mine' });
  utimesSync(scratch.path('foreign/file'), 1_700_000_000, 1_700_000_000);
  chmodSync(scratch.path('foreign'), 0o750);
  return () => {
    const { mode, mtimeMs, ctimeMs } = lstatSync(scratch.path('foreign'));
    const names = readdirSync(scratch.path('foreign'));
    return { mode, mtimeMs, ctimeMs, names, text: readFileSync(scratch.path('foreign/file'), 'utf8') };
  };
}

test('a directory that has become a link is collected as one, and what that leads to here stays as it is', async () => {
  const look = makeForeign();
  const before = look();
  scratch.files({ 'job/output/restored': 'before', 'container/model/m': 'm' });
  symlinkSync(scratch.path('foreign'), scratch.path('container/output'));
  await withContainer((engine, container) => collectOutputs(engine, container, scratch.path('job')));
  expect(look()).toEqual(before);
  expect(readlinkSync(scratch.path('job/output'))).toBe(scratch.path('foreign'));
  expect(readdirSync(scratch.path('job')).sort()).toEqual(['output']); // `model` is neither known nor changed
});

test('checkpoints that have become a link are left alone, and so is what that leads to here', async () => {
  const look = makeForeign();
  const before = look();
  scratch.files({ 'job/checkpoints/restored': 'before' });
  mkdirSync(scratch.path('container'));
  symlinkSync(scratch.path('foreign'), scratch.path('container/checkpoints'));
  await withContainer(async (engine, container) => {
    const copy = copyOfCheckpoints(engine, container);
    for (let time = 0; time < 2; time++) expect(await refreshed(copy)).toBe(false);
    // The same if it becomes one while it is copied, and is a directory again later.
    rmSync(scratch.path('container/checkpoints'));
    scratch.files({ 'container/checkpoints/a': 'a' });
    utimesSync(scratch.path('container/checkpoints/a'), 1_700_000_000, 1_700_000_000);
    expect(await refreshed(copy)).toBe(false); // the first time
    rmSync(scratch.path('container/checkpoints'), { recursive: true });
    symlinkSync(scratch.path('foreign'), scratch.path('container/checkpoints'));
    for (let time = 0; time < 2; time++) expect(await refreshed(copy)).toBe(false);
    await copy.discard();
  });
  expect(look()).toEqual(before);
  expect(readdirSync(scratch.path('job'))).toEqual(['checkpoints']);
  expect(readFileSync(scratch.path('job/checkpoints/restored'), 'utf8')).toBe('before');
});

test.runIf(process.getuid?.() === 0)(
  'checkpoints of an ordinary user, with a directory that is protected from him',
  async () => {
    scratch.files({ 'job/checkpoints/restored': 'before', 'container/checkpoints/protected/file': 'x' });
    const [inContainer, here] = ['container', 'job'].map((name) =>
      scratch.path(name, 'checkpoints/protected'),
    );
    utimesSync(`${inContainer!}/file`, 1_700_000_000, 1_700_000_000);
    chmodSync(inContainer!, 0o555);
    for (const name of ['job', 'job/checkpoints', 'job/checkpoints/restored'])
      chownSync(scratch.path(name), NOBODY, NOBODY);
    const refreshedAsNobody = (copy: LiveCopy) => asNobody(() => refreshed(copy));
    await withContainer(async (engine, container) => {
      const copy = copyOfCheckpoints(engine, container);
      expect(await refreshedAsNobody(copy)).toBe(false); // the first time
      expect(await refreshedAsNobody(copy)).toBe(true);
      expect(readdirSync(scratch.path('job/checkpoints'))).toEqual(['protected']);
      expect(lstatSync(here!)).toMatchObject({ uid: NOBODY, mode: 0o40555 });
      rmSync(inContainer!, { recursive: true });
      expect(await refreshedAsNobody(copy)).toBe(true);
      expect(await refreshedAsNobody(copy)).toBe(true);
      expect(readdirSync(scratch.path('job/checkpoints'))).toEqual([]);
      scratch.files({ 'container/checkpoints/protected/file': 'x' });
      chmodSync(inContainer!, 0o555);
      expect(await refreshedAsNobody(copy)).toBe(true);
      await asNobody(() => copy.discard());
    });
    expect(readdirSync(scratch.path('job'))).toEqual(['checkpoints']);
  },
);

function copyOfCheckpoints(engine: Engine, container: Docker.Container): LiveCopy {
  return new LiveCopy(engine, container, {
    inside: '/opt/ml/checkpoints',
    outside: scratch.path('job/checkpoints'),
  });
}

/** As soon as the engine may be asked again: nine times as long as it took. */
async function refreshed(copy: LiveCopy): Promise<boolean> {
  const began = performance.now();
  const isRefreshed = await copy.refresh(new AbortController().signal);
  await delay((performance.now() - began) * 10 + 10);
  return isRefreshed;
}

test('when it cannot be listed what has changed, what is on its way is waited for', async () => {
  scratch.files({ 'job/model/m': 'before', 'container/model/m': 'after' });
  const archive = tarOf(scratch.path('container'), 'model');
  let isFailed = () => {};
  const failed = new Promise<void>((resolve) => (isFailed = resolve));
  const answers = async (request: string, response: ServerResponse): Promise<Answer> => {
    if (request !== 'GET changes') {
      await failed;
      await delay(50);
      return { status: 200, body: archive };
    }
    response.once('close', isFailed);
    return { status: 500, body: '{"message":"a failure"}' };
  };
  await withFakeEngine(answers, async (engine, container) => {
    await expect(collectOutputs(engine, container, scratch.path('job'))).rejects.toThrow('a failure');
    expect(readFileSync(scratch.path('job/model/m'), 'utf8')).toBe('after');
    expect(readdirSync(scratch.path('job'))).toEqual(['model']);
  });
});

test('an archive that cannot be unpacked is given up: the engine could do nothing else to the container', async () => {
  scratch.files({ 'target/is': 'in use' });
  let closed: Promise<unknown> | undefined;
  await withFakeEngine(
    (_request, response) => {
      closed = once(response, 'close');
      response.writeHead(200).write('the beginning of an archive');
      return new Promise(() => undefined);
    },
    async (engine, container) => {
      const paths = { inside: '/opt/ml/model', outside: scratch.path('target') };
      const error = await rejection(copyOut(engine, container, paths, undefined));
      expect(error).toMatchObject({ code: 'ARCHIVE_NOT_UNPACKED' });
      await closed;
    },
  );
});

test.each(['before it begins', 'on its way'])('an archive that is given up %s', async (when) => {
  const controller = new AbortController();
  let closed: Promise<unknown> | undefined;
  await withFakeEngine(
    (_request, response) => {
      closed = once(response, 'close');
      if (when === 'on its way') response.writeHead(200).write('the beginning of an archive');
      setTimeout(() => controller.abort(new Error('enough')), 50);
      return new Promise(() => undefined);
    },
    async (engine, container) => {
      const paths = { inside: '/opt/ml/model', outside: scratch.path('target') };
      await expect(copyOut(engine, container, paths, controller.signal)).rejects.toThrow('enough');
      await closed;
      expect(existsSync(scratch.path('target'))).toBe(false);
    },
  );
});
