import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';

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
export function checkS3Options<Options extends S3SourceOptions>(
  source: string,
  options: Options,
  others: readonly string[] = [],
): Options {
  const known = [...others, 's3'];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const are = known.length === 1 ? 'Its only option is' : 'Its options are';
    throw new PipeModeError(
      'UNKNOWN_OPTION',
      `${source} has no option "${unknown}". ${are} ${known.map((name) => `"${name}"`).join(' and ')}.`,
    );
  }
  const s3: unknown = options.s3; // callers in JavaScript are not held by types
  if (s3 === undefined || (typeof s3 === 'object' && s3 !== null)) return options;
  throw new PipeModeError(
    'INVALID_OPTION',
    `Expected "s3" to be an S3Client or the configuration of one, got ${JSON.stringify(s3)} (${typeof s3}).`,
  );
}
