import { randomUUID } from 'node:crypto';

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';

import { startS3Server } from '../support/s3-server.js';
import { describeS3Source, type S3TestBackend } from './s3-conformance.js';

describeS3Source('the server of these tests', async () => {
  const server = await startS3Server();
  server.createBucket('conformance');
  const client = server.client();
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { config: server.clientConfig, client, bucket: 'conformance', stop };
});

// `S3_TEST_ENDPOINT=$(test/support/radosgw/up.sh 7480)`, as CI does it.
const endpoint = process.env['S3_TEST_ENDPOINT'];
if (endpoint) describeS3Source(endpoint, () => connectTo(endpoint));

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
