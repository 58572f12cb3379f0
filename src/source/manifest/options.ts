import { expected } from '../../options/expected.js';
import { checkS3Options, type S3SourceOptions } from '../s3/options.js';

/** How {@link manifestSource} and {@link augmentedManifestSource} reach what a manifest names. */
export interface ManifestOptions extends S3SourceOptions {
  /**
   * Whether a manifest in S3 may name files of this machine, by `file://` URLs and absolute paths: whoever can write the
   * manifest can then have any file sent that this process can read. A manifest that is a file may always name files,
   * and every manifest objects in S3. Default `false`: such an entry is `MANIFEST_ENTRY_INVALID`.
   */
  readonly allowLocalFiles?: boolean | undefined;
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function checkManifestOptions<Options extends ManifestOptions>(
  source: string,
  options: Options,
  others: readonly string[] = [],
): Options {
  checkS3Options(source, options, [...others, 'allowLocalFiles']);
  const { allowLocalFiles }: { allowLocalFiles?: unknown } = options; // callers in JavaScript are not held by types
  if (allowLocalFiles === undefined || typeof allowLocalFiles === 'boolean') return options;
  throw expected('allowLocalFiles', 'a boolean', allowLocalFiles);
}
