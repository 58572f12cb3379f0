import type { S3ClientConfig } from '@aws-sdk/client-s3';

import type { Bench } from '../bench.js';
import { needing, type Peer, PeerContender, redirected } from '../peer.js';
import { beside } from '../toolchain.js';

/** A bucket on the test server, as programs are told about it. */
export interface Bucket {
  readonly name: string;
  readonly endpoint: string;
}

const ACCESS = { accessKeyId: 'test', secretAccessKey: 'testing' };
const REGION = 'us-east-1';
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: ACCESS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
  AWS_DEFAULT_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
};

export function clientConfig({ endpoint }: Bucket): S3ClientConfig {
  return { endpoint, region: REGION, forcePathStyle: true, credentials: ACCESS };
}

export const ONE_CONNECTION = 'GetObject by GetObject';

/** The SDK, one GetObject after the other. */
export function getObjects({ reader, workspace }: Bench, bucket: Bucket): Peer {
  const config = JSON.stringify(clientConfig(bucket));
  const script = beside('peers/get-objects.mjs');
  return new PeerContender(
    {
      name: ONE_CONNECTION,
      command: process.execPath,
      args: (fifo) => [script, config, bucket.name, fifo],
    },
    reader,
    workspace,
  );
}

export function boto3({ reader, workspace, tools }: Bench, bucket: Bucket): Peer {
  const script = beside('peers/get_objects.py');
  return needing(
    tools.boto3,
    'boto3 get_object',
    (command) =>
      new PeerContender(
        {
          name: 'boto3 get_object',
          command,
          args: (fifo) => [script, bucket.endpoint, bucket.name, fifo],
          env: ENVIRONMENT,
        },
        reader,
        workspace,
      ),
  );
}

/** Fetches ranges in parallel, as we do. */
export function awsCopy({ reader, workspace, tools }: Bench, bucket: Bucket, key: string): Peer {
  const name = 'aws s3 cp';
  const args = ['--endpoint-url', bucket.endpoint, 's3', 'cp', `s3://${bucket.name}/${key}`, '-'];
  return needing(
    tools.aws,
    name,
    (command) =>
      new PeerContender(
        { name, ...redirected(command, args), env: ENVIRONMENT, startsLate: true },
        reader,
        workspace,
      ),
  );
}
