import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { fileSource } from '../../src/source/file/file.js';
import { augmentedManifestSource } from '../../src/source/manifest/augmented-source.js';
import { manifestSource } from '../../src/source/manifest/manifest-source.js';
import { memorySource } from '../../src/source/memory.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import type { Source } from '../../src/source/source.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { describeSource, type SourceUnderTest } from './contract.js';

const scratch = useScratch();

const FILES = { 'b/2': 'second', 'a/1': 'the first', 'c 3': 'third, and more' };
const attributeNames = ['label', 'data-ref', 'weight'];

function local(source: Source, empty: Source, rest: Pick<SourceUnderTest, 'expected' | 'perEntry'>) {
  const dispose = async () => source.close?.();
  return Promise.resolve({ source, empty, ...rest, [Symbol.asyncDispose]: dispose });
}

async function inS3(
  make: (uri: string, s3: object) => Source,
  objects: Record<string, string>,
  rest: Pick<SourceUnderTest, 'expected' | 'perEntry'>,
): Promise<SourceUnderTest> {
  const server = await startS3Server();
  server.createBucket('bucket');
  server.put('bucket', 'empty', '');
  for (const [key, content] of Object.entries({ ...FILES, ...objects })) server.put('bucket', key, content);
  const source = make('s3://bucket/manifest', server.clientConfig);
  const empty = make('s3://bucket/empty', server.clientConfig);
  const dispose = async () => {
    await source.close?.();
    await empty.close?.();
    await server.stop();
  };
  return { source, empty, ...rest, [Symbol.asyncDispose]: dispose };
}

const entries = ['b/2', 'a/1', 'c 3'] as const;

describeSource('a manifest on disk', () => {
  const dir = scratch.files({ ...FILES, m: JSON.stringify([{ prefix: './' }, ...entries]), e: '' });
  return local(manifestSource(`${dir}/m`), manifestSource(`${dir}/e`), {
    expected: entries.map((key) => [`${dir}/${key}`, FILES[key]]),
  });
});

describeSource('a manifest in S3', () =>
  inS3(
    (uri, s3) => manifestSource(uri, { s3 }),
    { manifest: JSON.stringify([{ prefix: 's3://bucket/' }, ...entries]) },
    { expected: entries.map((key) => [key, FILES[key]]) },
  ),
);

const lines = (prefix: string) =>
  entries.map((key, i) => `{"weight": ${i}.50, "data-ref": "${prefix}${key}", "label": "l${i}"}\n`).join('');
const values = (manifest: string, prefix: string) =>
  entries.flatMap((key, i): [string, string][] => [
    [`${manifest}:${i + 1}:label`, `l${i}`],
    [`${prefix}${key}`, FILES[key]],
    [`${manifest}:${i + 1}:weight`, `${i}.50`],
  ]);

describeSource('an augmented manifest on disk', () => {
  const dir = scratch.files({ ...FILES, m: lines(''), e: '' });
  const source = augmentedManifestSource(`file://${dir}/m`, { attributeNames });
  return local(source, augmentedManifestSource(`${dir}/e`, { attributeNames }), {
    expected: values('m', `${dir}/`),
    perEntry: 3,
  });
});

describeSource('an augmented manifest in S3', () =>
  inS3(
    (uri, s3) => augmentedManifestSource(uri, { attributeNames, s3 }),
    { manifest: lines('s3://bucket/') },
    { expected: values('manifest', ''), perEntry: 3 },
  ),
);

describeSource('a directory', () => {
  const dir = scratch.files(FILES);
  const nothing = join(scratch.dir, '..', 'nothing');
  mkdirSync(nothing, { recursive: true });
  return local(fileSource(dir), fileSource(nothing), {
    expected: [...entries].sort().map((key) => [key, FILES[key]]),
  });
});

describeSource('objects in memory', () =>
  local(memorySource(entries.map((key) => ({ key, body: FILES[key] }))), memorySource([]), {
    expected: [...entries].sort().map((key) => [key, FILES[key]]),
  }),
);

describeSource('a prefix in S3', () =>
  inS3(
    (uri, s3) => s3Source(uri.endsWith('empty') ? 's3://bucket/nothing/' : 's3://bucket/data/', { s3 }),
    Object.fromEntries(entries.map((key) => [`data/${key}`, FILES[key]])),
    { expected: [...entries].sort().map((key) => [`data/${key}`, FILES[key]]) },
  ),
);
