import { checkBoolean } from '../../options/checks.js';
import type { Names } from '../../options/read-options.js';
import { checkS3Options, S3_OPTIONS, type S3SourceOptions } from '../s3/options.js';

/** How {@link manifestSource} and {@link augmentedManifestSource} reach what a manifest names. */
export interface ManifestOptions extends S3SourceOptions {
  /**
   * Whether a manifest in S3 may name files of this machine, by `file://` URLs and absolute paths: whoever can write the
   * manifest can then have any file sent that this process can read. A manifest that is a file may always name files,
   * and every manifest objects in S3. Default `false`: such an entry is `MANIFEST_ENTRY_INVALID`.
   */
  readonly allowLocalFiles?: boolean | undefined;
}

/** The names of these options. */
export const MANIFEST_OPTIONS: Names<ManifestOptions> = { ...S3_OPTIONS, allowLocalFiles: true };

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkManifestOptions({ allowLocalFiles = false, ...s3Options }: ManifestOptions): void {
  checkS3Options(s3Options);
  checkBoolean('allowLocalFiles', allowLocalFiles);
}
