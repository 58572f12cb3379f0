import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { checkObject, readOptions } from '../../options/read-options.js';

/** How {@link s3Source} and the sources of manifests reach S3. */
export interface S3SourceOptions {
  /**
   * A client, which is used as it is and stays yours to destroy, or the configuration of one, which the source
   * makes and destroys. Default: `{}`, so that credentials, region and endpoint come the SDK's usual ways
   * (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, …).
   *
   * What the configuration leaves open is set for streaming: with an endpoint of your own, in the configuration or
   * the environment, buckets are addressed by path and the region is `us-east-1` if none is set.
   */
  readonly s3?: S3Client | S3ClientConfig | undefined;
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readS3Options(options: S3SourceOptions): S3SourceOptions {
  const { s3 } = readOptions(options, { s3: true });
  checkS3(s3);
  return { s3 };
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkS3(s3: unknown): void {
  if (s3 !== undefined) checkObject('s3', s3, 'an S3Client or the configuration of one');
}
