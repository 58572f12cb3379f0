import { check } from '../options/expected.js';
import { isPath, resolveDirectory } from '../options/location.js';
import { isS3 } from '../options/s3-form.js';
import type { S3Location } from '../source/s3/location.js';
import { parseS3Uri } from '../source/s3/uri.js';

/** Where artifacts go: below a prefix, which ends with a slash or is empty, or into a directory of this machine. */
export type Destination =
  ({ readonly kind: 's3' } & S3Location) | { readonly kind: 'local'; readonly path: string };

/**
 * Reads `s3://bucket/prefix`, a `file://` URL or a path. Of an S3 prefix it does not matter whether it ends with a slash:
 * SageMaker puts one there.
 *
 * @throws {@link PipeModeError} `S3_INVALID_URI`, `INVALID_OPTION`
 */
export function readDestination(destination: unknown): Destination {
  check('destination', 's3://BUCKET/PREFIX, a file:// URL or a path', destination, isPath);
  const given = destination as string;
  if (!isS3(given)) return { kind: 'local', path: resolveDirectory('destination', given) };
  const { bucket, prefix } = parseS3Uri(given);
  return { kind: 's3', bucket, prefix: prefix.replace(/\/*$/, prefix === '' ? '' : '/') };
}
