import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { s3Source } from '../../src/source/s3/s3-source.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { contextOf, firstOf, keysOf, listingOf, readAll } from './source-helpers.js';

let server: S3Server;

beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  for (let i = 0; i < 20; i++) server.put('bucket', `small/${i}`, `object ${i}`);
  server.putSynthetic('bucket', 'large/object', 500_000_000);
});
afterEach(() => server.stop());

describe("an S3 source's client", () => {
  test('keeps its connections from object to object and from epoch to epoch', async () => {
    const source = s3Source('s3://bucket/small/', { s3: server.clientConfig });
    for (let epoch = 0; epoch < 3; epoch++) await readAll(source);
    expect(server.accepted).toBeLessThanOrEqual(2);
    await source.close?.();
  });

  test('leaves no connection after close, and comes back when it is needed', async () => {
    const source = s3Source('s3://bucket/small/', { s3: server.clientConfig });
    for (let round = 0; round < 2; round++) {
      expect(await keysOf(source)).toHaveLength(20);
      expect(server.connections).toBeGreaterThan(0);
      await source.close?.();
      await server.idle();
    }
    await source.close?.();
  });

  test('is not taken away from those who still use it', async () => {
    const source = s3Source('s3://bucket/', { s3: server.clientConfig });
    const objects = listingOf(source);
    await objects.next();
    const object = await firstOf(source);
    const chunks = object.open(contextOf())[Symbol.asyncIterator]();
    let bytes = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      if (bytes === 0) await source.close?.();
      bytes += next.value.length;
    }
    expect(bytes).toBe(object.size);
    await source.close?.(); // what was asked for after the first close has made a client of its own
    await objects.return();
    await server.idle();
  }, 60_000);

  test('is left alone if it is somebody else’s', async () => {
    const client = server.client();
    const source = s3Source('s3://bucket/small/', { s3: client });
    expect(await readAll(source)).toHaveLength(20);
    await source.close?.();
    expect((await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }))).KeyCount).toBe(21);
    client.destroy();
    await server.idle();
  });

  test('is left alone if its request handler is somebody else’s', async () => {
    const client = server.client();
    const source = s3Source('s3://bucket/small/', {
      s3: { ...server.clientConfig, requestHandler: client.config.requestHandler },
    });
    await keysOf(source);
    await source.close?.();
    expect(server.connections).toBe(1);
    client.destroy();
    await server.idle();
  });
});

describe('leaving', () => {
  test('an object in the middle ends its connection', async () => {
    const source = s3Source('s3://bucket/large/', { s3: server.clientConfig });
    const object = await firstOf(source);
    const chunks = object.open(contextOf())[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    await source.close?.();
    await server.idle();
  });

  test.each(['while the server is silent', 'in the middle of a body', 'while nobody asks for more'])(
    'by an abort %s is prompt, with the reason of the abort',
    async (when) => {
      const source = s3Source('s3://bucket/large/', { s3: server.clientConfig });
      const object = await firstOf(source);
      const controller = new AbortController();
      const reason = new Error('enough');
      const abort = () => {
        controller.abort(reason);
      };
      const chunks = object.open(contextOf(controller.signal))[Symbol.asyncIterator]();
      if (when === 'while the server is silent') {
        server.faults.add({ fault: { kind: 'stall', afterBytes: 0 }, then: () => setImmediate(abort) });
      } else {
        await chunks.next();
        if (when === 'in the middle of a body') setImmediate(abort);
        else abort();
      }
      const rest = async () => {
        while (!(await chunks.next()).done);
      };
      // The connection goes even if the consumer never comes back.
      if (when === 'while nobody asks for more') {
        await source.close?.();
        await server.idle();
      }
      await expect(rest()).rejects.toBe(reason);
      await source.close?.();
      await server.idle();
    },
  );

  test('a listing by an abort is prompt, too', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const abort = () => {
      controller.abort(reason);
    };
    server.faults.add({ fault: { kind: 'stall', afterBytes: 0 }, then: () => setImmediate(abort) });
    const source = s3Source('s3://bucket/', { s3: server.clientConfig });
    await expect(source.check?.(contextOf(controller.signal))).rejects.toBe(reason);
    await source.close?.();
    await server.idle();
  });
});

test('the SDK is loaded at the first use, and a process that reads to the end exits by itself', async () => {
  const program = `
    const { createRequire } = await import('node:module');
    const { s3Source } = await import('./src/source/s3/s3-source.ts');
    const loaded = () => Object.keys(createRequire(process.cwd() + '/x.js').cache).some((path) => path.includes('@aws-sdk'));
    const source = s3Source('s3://bucket/small/', { s3: ${JSON.stringify(server.clientConfig)} });
    const before = loaded();
    let count = 0;
    for await (const object of source.objects({ epoch: 0, signal: new AbortController().signal })) count++;
    console.log(JSON.stringify({ before, after: loaded(), count }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    program,
  ]);
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true, count: 20 });
});

/** What a program of somebody's own, in which S3 is used, prints on stderr. */
async function stderrOf(environment: NodeJS.ProcessEnv): Promise<string> {
  const program = `
    const { s3Source } = await import('./src/source/s3/s3-source.ts');
    const source = s3Source('s3://bucket/small/', { s3: ${JSON.stringify(server.clientConfig)} });
    await source.check({ epoch: 0, signal: new AbortController().signal });
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined, ...environment };
  const { stderr } = await promisify(execFile)(process.execPath, args, { env });
  return stderr;
}

test('the warning of the SDK about Node 20 is the business of whose process it is', async () => {
  const isOld = Number(process.versions.node.split('.')[0]) < 22;
  expect(await stderrOf({})).toMatch(isOld ? /NodeVersionSupportWarning/ : /^$/);
  expect(await stderrOf({ AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' })).toBe('');
});
