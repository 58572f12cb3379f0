import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { type ChannelOptions, INPUT_MODES, type InputMode } from '../channel/options.js';
import { PipeModeError } from '../errors.js';
import { checkOneOf } from '../options/checks.js';
import { resolveDirectory } from '../options/location.js';
import { type Names, readOptions } from '../options/read-options.js';
import { checkS3Options } from '../source/s3/options.js';
import { readShard, type ShardOptions } from '../source/sharded.js';
import type { ChannelDefinition } from './channel-definition.js';
import { channelOptionsOf } from './channel-options.js';
import { type AsText, checkLocation, readDirectory, readLocation } from './location.js';
import { type Problems, shorten } from './problems.js';
import { checkChannel } from './rules/channel-rules.js';
import type { ChannelDraft } from './rules/rule.js';
import { type ReadScalar, validate } from './validate.js';

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
  const checked = readChannel(channel, jobMode);
  return channelOptionsOf(checked, { dest, inputMode: jobMode, shard, s3, requestPayer });
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

/** A copy of the channel in which everything is right. */
function readChannel(channel: unknown, jobMode: InputMode): AsText<ChannelDefinition> {
  let location: unknown;
  const S3Uri: ReadScalar = (given) => {
    location = given;
    return readLocation(given);
  };
  const { value, problems } = validate('Channel', channel, {
    instead: { S3Uri, DirectoryPath: readDirectory },
  });
  const draft = value as ChannelDraft;
  for (const problem of checkChannel(draft, '', jobMode)) {
    if (!problems.has(problem.path)) problems.add(() => problem);
  }
  if (problems.total === 0) return value as AsText<ChannelDefinition>;
  const isLocationOnly = problems.total === 1 && problems.has('DataSource.S3DataSource.S3Uri');
  if (isLocationOnly) checkLocation('S3Uri', location);
  throw invalidChannel(draft.ChannelName, problems);
}

/** SageMaker would refuse the channel, or it cannot be had here. */
function invalidChannel(name: unknown, problems: Problems): PipeModeError {
  const channel = typeof name === 'string' ? shorten(name) : '(without ChannelName)';
  const [first, ...others] = problems.list;
  const isNameOnly = first?.path === 'ChannelName' && others.length === 0;
  return new PipeModeError(
    isNameOnly ? 'INVALID_CHANNEL_NAME' : 'INVALID_CHANNEL',
    others.length === 0
      ? `Channel "${channel}" of InputDataConfig: ${first!.message}`
      : `Channel "${channel}" of InputDataConfig has ${problems.total} problems:\n${problems.describe()}`,
    { channel, problems: problems.list },
  );
}
