import { resolveDataSource } from '../../sagemaker/data-source.js';
import type { ResolvedTransformRequest } from '../../sagemaker/transform-request.js';
import type { S3SourceOptions } from '../../source/s3/options.js';
import { resolveSource } from '../../source/resolve-source.js';
import type { Source } from '../../source/source.js';
import { gunzip } from '../../transform/gunzip.js';
import type { Transform } from '../../transform/transform.js';
import { withoutOutputs } from './input-objects.js';

/** What is transformed: the objects, and what is done with them first. */
export interface TransformInputSource {
  readonly source: Source;
  readonly transforms: readonly Transform[];
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `S3_INVALID_URI` */
export function inputSourceOf(
  { TransformInput: { DataSource, CompressionType }, TransformOutput }: ResolvedTransformRequest,
  s3Options: S3SourceOptions,
): TransformInputSource {
  const all = resolveSource(resolveDataSource(DataSource, s3Options), s3Options);
  const { S3DataType, S3Uri: prefix } = DataSource.S3DataSource;
  const places = { prefix, output: TransformOutput.S3OutputPath };
  const source = S3DataType === 'S3Prefix' ? withoutOutputs(all, places) : all;
  return { source, transforms: CompressionType === 'Gzip' ? [gunzip()] : [] };
}
