import { writeFileSync } from 'node:fs';

import { augmentedManifestSource } from '../../src/source/manifest/augmented-source.js';
import { manifestSource } from '../../src/source/manifest/manifest-source.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { memorySource } from '../../src/source/memory.js';
import { sharded } from '../../src/source/sharded.js';
import { shuffled } from '../../src/source/shuffled.js';
import type { Source } from '../../src/source/source.js';
import { startS3Server } from '../support/s3-server.js';
import { type Contents, describeSource, type SourceUnderTest } from './source-contract.js';

const attributeNames = ['label', 'data-ref', 'weight'];

/** In an order that is not that of the keys: a manifest has its own. */
const reversed = (contents: Contents) => [...contents].reverse();

const manifestOf = (contents: Contents, prefix: string) =>
  JSON.stringify([{ prefix }, ...reversed(contents).map(([key]) => key)]);

const linesOf = (contents: Contents, prefix: string) =>
  reversed(contents)
    .map(([key], i) => `{"weight": ${i}.50, "data-ref": ${JSON.stringify(prefix + key)}, "label": "l${i}"}\n`)
    .join('');

const valuesOf = (contents: Contents, manifest: string, prefix: string) =>
  reversed(contents).flatMap(([key, bytes], i): [string, Uint8Array][] => [
    [`${manifest}:${i + 1}:label`, Buffer.from(`l${i}`)],
    [prefix + key, bytes],
    [`${manifest}:${i + 1}:weight`, Buffer.from(`${i}.50`)],
  ]);

async function inS3(
  contents: Contents,
  manifest: string,
  make: (uri: string, s3: object) => Source,
): Promise<SourceUnderTest> {
  const server = await startS3Server();
  server.createBucket('bucket');
  for (const [key, content] of contents) server.put('bucket', `data/${key}`, content);
  server.put('bucket', 'manifest', manifest);
  server.put('bucket', 'empty', '');
  return {
    source: make('s3://bucket/manifest', server.clientConfig),
    empty: make('s3://bucket/empty', server.clientConfig),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

describeSource('a manifest on disk', (contents, scratch) => {
  const dir = scratch.files(Object.fromEntries(contents));
  writeFileSync(`${dir}/manifest`, manifestOf(contents, './'));
  writeFileSync(`${dir}/empty`, '');
  return {
    source: manifestSource(`${dir}/manifest`),
    empty: manifestSource(`${dir}/empty`),
    expected: reversed(contents).map(([key, bytes]) => [`${dir}/${key}`, bytes]),
  };
});

describeSource('a manifest in S3', async (contents) => ({
  ...(await inS3(contents, manifestOf(contents, 's3://bucket/data/'), (uri, s3) =>
    manifestSource(uri, { s3 }),
  )),
  expected: reversed(contents).map(([key, bytes]) => [`data/${key}`, bytes]),
}));

describeSource('an augmented manifest on disk', (contents, scratch) => {
  const dir = scratch.files(Object.fromEntries(contents));
  writeFileSync(`${dir}/manifest`, linesOf(contents, ''));
  writeFileSync(`${dir}/empty`, '');
  return {
    source: augmentedManifestSource(`file://${dir}/manifest`, { attributeNames }),
    empty: augmentedManifestSource(`${dir}/empty`, { attributeNames }),
    expected: valuesOf(contents, 'manifest', `${dir}/`),
    perEntry: 3,
  };
});

describeSource('an augmented manifest in S3', async (contents) => ({
  ...(await inS3(contents, linesOf(contents, 's3://bucket/data/'), (uri, s3) =>
    augmentedManifestSource(uri, { attributeNames, s3 }),
  )),
  expected: valuesOf(contents, 'manifest', 'data/'),
  perEntry: 3,
}));

describeSource('a prefix in S3', async (contents) => ({
  ...(await inS3(contents, '', (uri, s3) =>
    s3Source(uri.endsWith('empty') ? 's3://bucket/nothing/' : 's3://bucket/data/', { s3 }),
  )),
  expected: [...contents].map(([key, bytes]) => [`data/${key}`, bytes]),
}));

const inMemory = (contents: Contents) => memorySource([...contents].map(([key, body]) => ({ key, body })));

describeSource('a share of a source', (contents) => ({
  source: sharded(inMemory(contents), { index: 1, count: 3 }),
  empty: sharded(memorySource([]), { index: 1, count: 3 }),
  expected: [...contents].filter((_, place) => place % 3 === 1),
}));

describeSource('a shuffled source of one object', (contents) => {
  const expected = [...contents].slice(-1);
  return { source: shuffled(inMemory(new Map(expected)), { seed: 1 }), expected };
});
