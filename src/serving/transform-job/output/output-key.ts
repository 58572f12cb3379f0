import { whyUnsafe } from '../../../directory/safe-path.js';
import { PipeModeError } from '../../../errors.js';
import type { SourceObject } from '../../../source/source.js';

/** What follows the name of an object (Developer Guide, Use Batch Transform to Get Inferences from Large Datasets). */
const SUFFIX = '.out';

/**
 * Where the output of an object goes, below `S3OutputPath`: where the object is, below the folder that the prefix names, or what
 * the manifest calls it, and `.out` after all that it is called (API reference, TransformOutput: "in a corresponding subfolder in
 * the location in the output prefix"). Of `data.csv.gz` it is `data.csv.gz.out`, although it is not compressed.
 */
export function outputKeyOf({ key, path = key }: SourceObject): string {
  return `${path}${SUFFIX}`;
}

/** @throws {@link PipeModeError} `UNSAFE_KEY` for what no file below a directory can be called */
export function checkFileName(outputKey: string, directory: string): void {
  const why = whyUnsafe(outputKey, directory);
  if (why === undefined) return;
  const message = `The output "${outputKey}" cannot be a file: ${why}. Rename its object, or have the outputs in S3.`;
  throw new PipeModeError('UNSAFE_KEY', message, { key: outputKey });
}
