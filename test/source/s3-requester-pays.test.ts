import { createChannel, fromChannel } from 'sagemaker-pipe-mode';
import { readEpochs } from 'sagemaker-pipe-mode/reader';
import { expect, test } from 'vitest';

import { augmentedManifestSource } from '../../src/source/manifest/augmented-source.js';
import { manifestSource } from '../../src/source/manifest/manifest-source.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { rejection } from '../support/expected-errors.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { contextOf, readAll } from './source-helpers.js';

const scratch = useScratch();

/** A bucket whose requesters pay, with an object in it and manifests of both kinds. */
async function startPaidServer(): Promise<S3Server> {
  const server = await startS3Server();
  server.createBucket('paid', { requesterPays: true });
  server.put('paid', 'data/a', 'paid for');
  server.put('paid', 'manifest', JSON.stringify([{ prefix: 's3://paid/data/' }, 'a']));
  server.put('paid', 'augmented', JSON.stringify({ 'x-ref': 's3://paid/data/a' }));
  return server;
}

test.each([
  ['s3Source', (s3Options: object) => s3Source('s3://paid/data/', s3Options)],
  ['manifestSource', (s3Options: object) => manifestSource('s3://paid/manifest', s3Options)],
  [
    'augmentedManifestSource',
    (s3Options: object) =>
      augmentedManifestSource('s3://paid/augmented', { attributeNames: ['x-ref'], ...s3Options }),
  ],
])('%s reads a requester-pays bucket with `requestPayer`, and says so without', async (_, make) => {
  await using server = await startPaidServer();
  const s3 = server.clientConfig;
  const paying = make({ s3, requestPayer: 'requester' });
  expect((await readAll(paying)).map(({ bytes }) => bytes.toString())).toEqual(['paid for']);
  await paying.close?.();

  const other = make({ s3 });
  const error = await rejection(other.check ? other.check(contextOf()) : readAll(other));
  await other.close?.();
  expect(error.code).toBe('S3_ACCESS_DENIED');
  expect(error.message).toContain(
    "If the bucket is one whose requesters pay, pass `requestPayer: 'requester'` too.",
  );
});

test('who pays already is not told to pay', async () => {
  await using server = await startPaidServer();
  server.faults.add({ fault: { kind: 'answer', status: 403, code: 'AccessDenied' } });
  const source = s3Source('s3://paid/', { s3: server.clientConfig, requestPayer: 'requester' });
  const error = await rejection(source.check?.(contextOf()));
  await source.close?.();
  expect(error.code).toBe('S3_ACCESS_DENIED');
  expect(error.message).not.toContain('requestPayer');
});

test.each(['S3Prefix', 'ManifestFile'] as const)('channels pay too, also of a %s', async (S3DataType) => {
  await using server = await startPaidServer();
  const S3Uri = S3DataType === 'S3Prefix' ? 's3://paid/data/' : 's3://paid/manifest';
  const options = fromChannel(
    { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType, S3Uri } } },
    { dest: scratch.dest, s3: server.clientConfig, requestPayer: 'requester' },
  );
  await using channel = createChannel({ ...options, epochs: 1 });
  await channel.start();
  const chunks: Uint8Array[] = [];
  for await (const epoch of readEpochs({ dir: scratch.dest, channel: 'train', epochs: 1 }))
    for await (const chunk of epoch) chunks.push(chunk);
  await channel.finished();
  expect(Buffer.concat(chunks).toString()).toBe('paid for');
});
