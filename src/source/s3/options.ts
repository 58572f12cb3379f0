import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { checkOneOf } from '../../options/checks.js';
import { didYouMean } from '../../options/did-you-mean.js';
import { checkObject, type Names, readArgument, readOptions } from '../../options/read-options.js';
import { PipeModeError } from '../../errors.js';

/** How {@link s3Source} and the sources of manifests reach S3. */
export interface S3SourceOptions {
  /**
   * A client, which is used as it is and stays yours to destroy, or the configuration of one, which the source
   * makes and destroys. Default: `{}`, so that credentials, region and endpoint come the SDK's usual ways
   * (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, …).
   *
   * What the configuration leaves open is set for streaming: with an endpoint of your own, in the configuration, the
   * environment or the profile (`endpoint_url`), buckets are addressed by path and the region is `us-east-1` if none is
   * set.
   */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /**
   * `'requester'` agrees to pay for the requests and the data, which a requester-pays bucket asks of everybody but its
   * owner: it is sent with every request. Default: nobody has agreed, and such a bucket is `S3_ACCESS_DENIED`.
   */
  readonly requestPayer?: 'requester' | undefined;
}

/** The names of these options. */
export const S3_OPTIONS: Names<S3SourceOptions> = { s3: true, requestPayer: true };

/** What people set. The SDK knows five times as many, none of them with a name that is nearly one of these. */
const USUAL_SETTINGS: readonly (keyof S3ClientConfig)[] = [
  'credentials',
  'endpoint',
  'forcePathStyle',
  'ignoreConfiguredEndpointUrls',
  'maxAttempts',
  'profile',
  'region',
  'requestHandler',
  'useArnRegion',
];

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readS3Options(options: S3SourceOptions): S3SourceOptions {
  const given = readOptions(options, S3_OPTIONS);
  checkS3Options(given);
  return given;
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function checkS3Options({ s3, requestPayer }: S3SourceOptions): void {
  if (s3 !== undefined) checkSettings(s3);
  if (requestPayer !== undefined) checkOneOf('requestPayer', ['requester'], requestPayer);
}

/** The SDK ignores what it does not know: without its endpoint, a request would go to AWS. */
function checkSettings(s3: S3Client | S3ClientConfig): void {
  checkObject('s3', s3, 'an S3Client or the configuration of one');
  if (readArgument('s3', () => 'send' in s3)) return;
  for (const name of readArgument('s3', () => Object.keys(s3))) {
    if (USUAL_SETTINGS.includes(name as keyof S3ClientConfig)) continue;
    const meant = didYouMean(name, USUAL_SETTINGS);
    if (meant !== '')
      throw new PipeModeError('UNKNOWN_OPTION', `Unknown option \`${name}\` of \`s3\`.${meant}`);
  }
}
