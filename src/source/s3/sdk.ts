import { createRequire } from 'node:module';

type Sdk = typeof import('@aws-sdk/client-s3');

let sdk: Sdk | undefined;

/**
 * The AWS SDK, loaded when S3 is used for the first time: it takes a few hundred milliseconds, which nobody
 * who streams files should pay. By `require`, because Jest's default configuration cannot `import()`.
 */
export function loadSdk(): Sdk {
  sdk ??= createRequire(import.meta.url)('@aws-sdk/client-s3') as Sdk;
  return sdk;
}
