import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { readdirSync } from 'node:fs';

import { writeArtifact } from '../../artifacts/write-artifact.js';
import { debugTo } from '../../debug.js';
import type { InsidePaths } from '../../runner/inside-paths.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import type { UploadedArtifacts } from '../result.js';

const debug = debugTo('training');

/** What is to be written, and how. */
export interface UploadParts {
  /** The directories on this machine; one that is `undefined` is not wanted, or not there. */
  readonly model: string | undefined;
  readonly output: string | undefined;
  /** How the algorithm sees them, and what is around them. */
  readonly paths: InsidePaths;
  readonly s3: S3Client | S3ClientConfig | undefined;
  readonly signal: AbortSignal;
  /** Told of each that is there. */
  readonly onUploaded: (uploaded: UploadedArtifacts) => void;
}

/**
 * Writes what came out of a job to where the service puts it: `<S3OutputPath>/<TrainingJobName>/output/model.tar.gz`, and
 * `output.tar.gz` beside it (Developer Guide, How Amazon SageMaker Processes Training Output). Nothing without
 * `OutputDataConfig`. That a directory without anything in it is not written is our choice.
 *
 * @throws {@link PipeModeError} as `writeArtifact`
 */
export async function uploadArtifacts(
  { OutputDataConfig: config, TrainingJobName: name }: ResolvedTrainingRequest,
  { model, output, paths, s3, signal, onUploaded }: UploadParts,
): Promise<void> {
  if (config === undefined) return;
  const destination = `${config.S3OutputPath!.replace(/\/+$/, '')}/${name}/output`;
  const compression = config.CompressionType as 'GZIP' | 'NONE' | undefined;
  const upload = async (directory: string | undefined, what: 'model' | 'output') => {
    if (directory === undefined || isEmpty(directory)) return;
    const options = { name: what, compression, within: { directory: paths.directory, base: paths.base } };
    const { location, leftOut } = await writeArtifact(directory, destination, { ...options, s3, signal });
    for (const each of leftOut) debug('%s: %s leaves out %s: %s', name, what, each.name, each.what);
    onUploaded({ [what]: location });
  };
  await upload(model, 'model');
  await upload(output, 'output');
}

/** Of what cannot be read, whoever packs it will tell. */
function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return false;
  }
}
