import { isForeign, resolveLocal } from '../options/location.js';
import { isS3 } from '../options/s3-form.js';
import { augmentedManifestSource } from '../source/manifest/augmented-source.js';
import { manifestSource } from '../source/manifest/manifest-source.js';
import type { S3SourceOptions } from '../source/s3/options.js';
import { parseS3Uri } from '../source/s3/uri.js';
import type { Source } from '../source/source.js';
import { FieldChecks, invalidChannel } from './field-checks.js';

/** What the data source of a channel has to know of the rest of it. */
export interface DataSourceContext {
  readonly channel: string;
  readonly inputMode: 'Pipe' | 'File' | 'FastFile';
  readonly s3Options: S3SourceOptions;
}

/** Where a channel's data comes from, and whether each host gets a share only. */
export interface ResolvedDataSource {
  readonly source: string | Source;
  readonly isSharded: boolean;
}

/** @throws {@link PipeModeError} `INVALID_CHANNEL`, `INVALID_OPTION`, `S3_INVALID_URI` */
export function resolveDataSource(dataSource: unknown, context: DataSourceContext): ResolvedDataSource {
  const kinds = ['S3DataSource', 'FileSystemDataSource', 'DatasetSource'] as const;
  const checks = new FieldChecks(dataSource, 'DataSource', kinds, context.channel);
  const given = kinds.filter((kind) => checks.has(kind));
  if (given.length !== 1) {
    const has = given.length === 0 ? 'none' : given.join(' and ');
    throw invalidChannel(
      context.channel,
      `DataSource needs exactly one of ${kinds.join(', ')}, and has ${has}.`,
    );
  }
  if (given[0] === 'S3DataSource') return fromS3(checks.get('S3DataSource'), context);
  if (given[0] === 'FileSystemDataSource') return fromFileSystem(checks.get('FileSystemDataSource'), context);
  throw checks.refuse(
    'DatasetSource',
    'a dataset resource cannot be had outside AWS. Name its objects with S3DataSource.',
  );
}

const S3_FIELDS = [
  'S3DataType',
  'S3Uri',
  'S3DataDistributionType',
  'AttributeNames',
  'InstanceGroupNames',
  'ModelAccessConfig',
  'HubAccessConfig',
];

/** The API's limits. */
const MAX_ATTRIBUTES = { max: 16, length: 256 };
const MAX_GROUPS = { max: 5, length: 64 };
const MAX_URI = 1024;

function fromS3(definition: unknown, context: DataSourceContext): ResolvedDataSource {
  const { channel, inputMode, s3Options } = context;
  const checks = new FieldChecks(definition, 'DataSource.S3DataSource', S3_FIELDS, channel);
  checks.required('S3DataType');
  checks.required('S3Uri');
  const types = ['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'] as const;
  if (checks.get('S3DataType') === 'Converse') {
    throw checks.refuse(
      'S3DataType',
      `this is for fine-tuning foundation models, and not supported here. Use ${types.join(', ')}.`,
    );
  }
  const type = checks.oneOf('S3DataType', types);
  const uri = checkUri(checks);
  const distribution = checks.oneOf('S3DataDistributionType', ['FullyReplicated', 'ShardedByS3Key']);
  const attributeNames = checks.names('AttributeNames', MAX_ATTRIBUTES);
  checks.names('InstanceGroupNames', MAX_GROUPS);
  checks.structure('ModelAccessConfig');
  if (checks.has('HubAccessConfig')) {
    throw checks.refuse(
      'HubAccessConfig',
      'models of a JumpStart hub cannot be had outside AWS. Leave it out, and name the objects with S3Uri.',
    );
  }
  const isSharded = distribution === 'ShardedByS3Key';

  if (type === 'AugmentedManifestFile') {
    if (inputMode !== 'Pipe') {
      throw checks.refuse(
        'S3DataType',
        `an augmented manifest can only be used if the channel's input mode is Pipe, and it is ${inputMode}.`,
      );
    }
    if (attributeNames === undefined || attributeNames.length === 0) {
      throw checks.refuse(
        'S3DataType',
        'an augmented manifest needs AttributeNames, the attributes to send of every line.',
      );
    }
    return { source: augmentedManifestSource(uri, { attributeNames, ...s3Options }), isSharded };
  }
  if (attributeNames !== undefined && attributeNames.length > 0) {
    throw checks.refuse(
      'AttributeNames',
      `it can only be used with the S3DataType AugmentedManifestFile, and that is ${type}.`,
    );
  }
  if (type === 'S3Prefix') return { source: uri, isSharded };
  if (inputMode === 'FastFile') {
    throw checks.refuse(
      'S3DataType',
      'FastFile mode needs an S3Prefix: it shows what is below a prefix, not the objects that a manifest lists.',
    );
  }
  return { source: manifestSource(uri, s3Options), isSharded };
}

function checkUri(checks: FieldChecks): string {
  const given = checks.location('S3Uri', Infinity);
  const uri = isS3(given) ? checks.location('S3Uri', MAX_URI) : given;
  if (isForeign(uri) && !isS3(uri)) {
    throw checks.refuse('S3Uri', 'expected s3://BUCKET/KEY; here also a file:// URL or a path.');
  }
  if (isS3(uri)) parseS3Uri(uri);
  else resolveLocal('S3Uri', uri);
  return uri;
}

function fromFileSystem(definition: unknown, { channel, inputMode }: DataSourceContext): ResolvedDataSource {
  const fields = ['FileSystemId', 'FileSystemAccessMode', 'FileSystemType', 'DirectoryPath'];
  const checks = new FieldChecks(definition, 'DataSource.FileSystemDataSource', fields, channel);
  fields.forEach((field) => checks.required(field));
  checks.text('FileSystemId', { min: 11, max: 21 });
  checks.oneOf('FileSystemAccessMode', ['ro', 'rw']);
  checks.oneOf('FileSystemType', ['EFS', 'FSxLustre']);
  const source = checks.location('DirectoryPath', 4096);
  resolveLocal('DirectoryPath', source);
  if (inputMode === 'File') return { source, isSharded: false };
  throw invalidChannel(
    channel,
    `DataSource.FileSystemDataSource is mounted, which is File mode, and the channel's input mode is ${inputMode}.`,
  );
}
