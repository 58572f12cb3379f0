import { randomUUID } from 'node:crypto';

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';

import { startS3Server } from './s3-server.js';

/** An S3 server, with a bucket of the test's own. */
export interface S3TestBackend {
  /** What a client of it needs. */
  readonly config: S3ClientConfig & {
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** For uploads. */
  readonly client: S3Client;
  /** An empty bucket. */
  readonly bucket: string;
  stop(): Promise<void>;
}

/** `S3_TEST_ENDPOINT=$(test/support/radosgw/up.sh 7480)`, as CI does it. */
const endpoint = process.env['S3_TEST_ENDPOINT'];

/** All that there are, by what they are called: the server of these tests and, if there is one, a gateway of Ceph. */
export const s3Backends: readonly (readonly [string, () => Promise<S3TestBackend>])[] = [
  ['the server of these tests', startOwn],
  ...(endpoint ? [[endpoint, () => connectTo(endpoint)] as const] : []),
];

async function startOwn(): Promise<S3TestBackend> {
  const server = await startS3Server();
  server.createBucket('conformance');
  const client = server.client();
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { config: server.clientConfig, client, bucket: 'conformance', stop };
}

async function connectTo(endpoint: string): Promise<S3TestBackend> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testing' };
  const config = { endpoint, region: 'us-east-1', forcePathStyle: true, credentials };
  // Ceph answers 411 to a stream with a checksum behind it.
  const client = new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const bucket = `conformance-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const stop = async () => {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client },
      { Bucket: bucket, MaxKeys: 50 },
    )) {
      await Promise.all(
        Contents.map(({ Key }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))),
      );
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    client.destroy();
  };
  return { config, client, bucket, stop };
}
