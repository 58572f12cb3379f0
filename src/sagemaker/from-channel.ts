import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { type ChannelOptions, INPUT_MODES } from '../channel/options.js';
import { checkChannelName, checkOneOf } from '../options/checks.js';
import { resolveDirectory } from '../options/location.js';
import { type Names, readOptions } from '../options/read-options.js';
import { checkS3Options } from '../source/s3/options.js';
import { readShard, type ShardOptions } from '../source/sharded.js';
import type { ChannelDefinition } from './channel-definition.js';
import { resolveDataSource } from './data-source.js';
import { FieldChecks } from './field-checks.js';

/** What a channel of `InputDataConfig` does not say itself. */
export interface FromChannelOptions {
  /** The directory of the FIFOs or files, a path or a `file://` URL (a string or a `URL`). */
  readonly dest: string | URL;
  /** The job's `TrainingInputMode`, which the channel's `InputMode` overrides. Default `'Pipe'`. */
  readonly inputMode?: 'Pipe' | 'File' | 'FastFile' | undefined;
  /** Which host this is, of how many. Used with `ShardedByS3Key` only. Default: the only one. */
  readonly shard?: ShardOptions | undefined;
  /** A client for S3, or its configuration, as {@link ChannelOptions.s3}. Manifests need it here. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /** Who pays for what is read of a requester-pays bucket, as {@link ChannelOptions.requestPayer}. */
  readonly requestPayer?: 'requester' | undefined;
}

const OPTIONS: Names<FromChannelOptions> = {
  dest: true,
  inputMode: true,
  shard: true,
  s3: true,
  requestPayer: true,
};

const FIELDS = [
  'ChannelName',
  'DataSource',
  'ContentType',
  'CompressionType',
  'RecordWrapperType',
  'InputMode',
  'ShuffleConfig',
];

/**
 * The options of a channel that is described as AWS does it: one element of the `InputDataConfig` of
 * `CreateTrainingJob`. Wherever that has an `s3://` URI, a `file://` URL or a path may stand too. What SageMaker would
 * refuse is refused, with the reason; the guide "Every way to feed a channel" has the whole table.
 *
 * Under File and FastFile `ShuffleConfig` decides nothing but a host's share with `ShardedByS3Key`: files on a disk have
 * no order. (What SageMaker makes of it there is not public.) `ContentType` and `InstanceGroupNames` are checked, and
 * leave no trace in the options: they are for the training job.
 *
 * @throws {@link PipeModeError} `INVALID_CHANNEL`, `INVALID_CHANNEL_NAME`, `INVALID_OPTION`, `UNKNOWN_OPTION`,
 * `S3_INVALID_URI`.
 *
 * @example
 * ```ts
 * import { createChannel, fromChannel } from 'sagemaker-pipe-mode';
 *
 * const options = fromChannel(
 *   {
 *     ChannelName: 'training',
 *     DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://my-bucket/lists/train.manifest' } },
 *     RecordWrapperType: 'RecordIO',
 *   },
 *   { dest: './ml/input/data' },
 * );
 * await createChannel({ ...options, epochs: 3 }).start();
 * ```
 */
export function fromChannel(channel: ChannelDefinition, options: FromChannelOptions): ChannelOptions {
  const { dest, inputMode: jobMode, shard, s3, requestPayer } = checkOptions(options);
  const { name, checks } = checkChannel(channel);
  checks.text('ContentType', { max: 256 });
  const inputMode = checks.has('InputMode') ? checks.oneOf('InputMode', INPUT_MODES) : jobMode;
  const gunzip = pipeOnly(checks, 'CompressionType', ['None', 'Gzip'], inputMode);
  const recordio = pipeOnly(checks, 'RecordWrapperType', ['None', 'RecordIO'], inputMode);
  const shuffle = checks.has('ShuffleConfig') ? shuffleOf(checks.get('ShuffleConfig'), name) : undefined;
  const context = { channel: name, inputMode, s3Options: { s3, requestPayer } };
  const { source, isSharded } = resolveDataSource(checks.get('DataSource'), context);
  const common = {
    name,
    source,
    dest,
    ...(shuffle ? { shuffle } : undefined),
    ...(isSharded && shard ? { shard } : undefined),
    ...(s3 ? { s3 } : undefined),
    ...(requestPayer ? { requestPayer } : undefined),
  };
  if (inputMode !== 'Pipe') return { ...common, inputMode };
  return { ...common, ...(gunzip ? { gunzip } : undefined), ...(recordio ? { recordio } : undefined) };
}

function checkOptions(options: FromChannelOptions) {
  const given = readOptions(options, OPTIONS);
  const { dest, inputMode = 'Pipe', shard, s3, requestPayer } = given;
  resolveDirectory('dest', dest);
  checkOneOf('inputMode', INPUT_MODES, inputMode);
  checkS3Options({ s3, requestPayer });
  const host = shard === undefined ? undefined : readShard(shard);
  return { dest, inputMode, shard: host, s3, requestPayer };
}

function checkChannel(channel: unknown): { name: string; checks: FieldChecks } {
  const checks = new FieldChecks(channel, '', FIELDS, nameOf(channel));
  const name = checks.get('ChannelName');
  checkChannelName('ChannelName', name);
  checks.required('DataSource');
  return { name: name as string, checks };
}

/** What to call the channel in messages, whatever it is. */
function nameOf(channel: unknown): string {
  try {
    const name = (channel as Partial<ChannelDefinition> | null | undefined)?.ChannelName;
    if (typeof name === 'string') return name;
  } catch {
    // FieldChecks tells what is wrong with it
  }
  return '(without ChannelName)';
}

/** Whether a field has another value than `None`, which only Pipe mode allows. */
function pipeOnly(
  checks: FieldChecks,
  field: string,
  values: readonly [string, ...string[]],
  inputMode: string,
): boolean {
  const isOn = checks.oneOf(field, values) !== 'None';
  if (!isOn || inputMode === 'Pipe') return isOn;
  const advice = 'Leave it unset or set it to None, or use Pipe mode.';
  throw checks.refuse(
    field,
    `it is used only in Pipe mode, and the channel's input mode is ${inputMode}. ${advice}`,
  );
}

function shuffleOf(definition: unknown, channel: string): { readonly seed: number } {
  const checks = new FieldChecks(definition, 'ShuffleConfig', ['Seed'], channel);
  checks.required('Seed');
  const seed = checks.get('Seed');
  if (Number.isSafeInteger(seed)) return { seed: seed as number };
  throw checks.refuse('Seed', 'it has to be an integer.');
}
