import type { S3Client } from '@aws-sdk/client-s3';

/** What requests are made with. */
export interface S3Access {
  readonly client: S3Client;
  /** Who pays, if it is not the bucket's owner: goes with every request. */
  readonly requestPayer: 'requester' | undefined;
}
