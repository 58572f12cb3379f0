import { requireLater } from '../../require-later.js';

type Sdk = typeof import('@aws-sdk/client-s3');

let sdk: Sdk | undefined;

/**
 * The AWS SDK, loaded when S3 is used for the first time: it takes a few hundred milliseconds, which nobody
 * who streams files should pay.
 */
export function loadSdk(): Sdk {
  sdk ??= requireLater('@aws-sdk/client-s3') as Sdk;
  return sdk;
}
