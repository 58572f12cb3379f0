import { augmentedManifestSource } from '../source/manifest/augmented-source.js';
import { manifestSource } from '../source/manifest/manifest-source.js';
import type { S3SourceOptions } from '../source/s3/options.js';
import type { Source } from '../source/source.js';
import type { DataSourceDefinition, S3DataSourceDefinition } from './channel-definition.js';
import type { AsText } from './location.js';

/** The source of a channel that has been checked. */
export function resolveDataSource(
  { S3DataSource: inS3, FileSystemDataSource: mounted }: AsText<DataSourceDefinition>,
  s3Options: S3SourceOptions,
): string | Source {
  return inS3 === undefined ? mounted!.DirectoryPath! : sourceOf(inS3, s3Options);
}

function sourceOf(
  { S3DataType: type, S3Uri, AttributeNames }: AsText<S3DataSourceDefinition>,
  s3Options: S3SourceOptions,
): string | Source {
  const uri = S3Uri!;
  if (type === 'ManifestFile') return manifestSource(uri, s3Options);
  if (type === 'AugmentedManifestFile')
    return augmentedManifestSource(uri, { attributeNames: AttributeNames!, ...s3Options });
  return uri;
}
