import type { OptionsWithout } from '../../channel/group.js';
import { CHANNEL_OPTIONS, type ChannelOptions, type InputMode } from '../../channel/options.js';
import type { PipeModeError } from '../../errors.js';
import { checkChannelName } from '../../options/checks.js';
import { didYouMean } from '../../options/did-you-mean.js';
import { expected } from '../../options/expected.js';
import { isForeign, locationText, resolveLocal } from '../../options/location.js';
import {
  checkObject,
  isPropertyObject,
  type Names,
  readArgument,
  readOptions,
} from '../../options/read-options.js';
import { isS3 } from '../../options/s3-form.js';
import type { ChannelDefinition } from '../../sagemaker/channel-definition.js';
import { channelOptionsOf } from '../../sagemaker/channel-options.js';
import { absolute } from '../../sagemaker/location.js';
import type { ResolvedTrainingRequest, TrainingJobRequest } from '../../sagemaker/training-request.js';
import type { S3SourceOptions } from '../../source/s3/options.js';
import type { ShardOptions } from '../../source/sharded.js';

/**
 * What a channel of a job is made of, beside or instead of what `InputDataConfig` says of it. `gunzip`, `recordio`,
 * `shuffle` and `inputMode` go before `CompressionType`, `RecordWrapperType`, `ShuffleConfig` and `InputMode` there.
 */
export type JobChannelOptions = OptionsWithout<
  ChannelOptions,
  'name' | 'source' | 'dest' | 'shard' | 'signal'
> & {
  /**
   * The data: a path, relative to `baseDir`, an `s3://` URI, a `URL`, a `Source`, or objects in memory. Default: where
   * `InputDataConfig` says.
   */
  readonly source?: ChannelOptions['source'] | undefined;
};

/** What a job says of its channels beside the request, by their names. */
export type JobChannels = Readonly<Record<string, JobChannelOptions>>;

const { name: _, dest: __, shard: ___, signal: ____, ...KNOWN } = CHANNEL_OPTIONS;

/**
 * The options as they are now, with local sources as absolute paths.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `INVALID_CHANNEL_NAME`
 */
export function readJobChannels(channels: JobChannels, baseDir: string): JobChannels {
  checkObject('channels', channels, "an object of channels' options by their names");
  const entries = readArgument('channels', () => Object.entries(channels));
  return Object.fromEntries(
    entries.map(([name, given]) => {
      checkChannelName(`channels: the name "${name}"`, name);
      const options = readOptions(given, KNOWN as Names<JobChannelOptions>, `channels.${name}`);
      const source = locationText(`channels.${name}.source`, options.source);
      if (typeof source !== 'string' || isS3(source)) return [name, options];
      if (isForeign(source) || source === '') resolveLocal(`channels.${name}.source`, source); // says why not
      return [name, { ...options, source: absolute(source, baseDir) }];
    }),
  );
}

/**
 * The request with all channels of the job in its `InputDataConfig`, in the mode and form that they really have: what
 * checks requests and what writes `inputdataconfig.json` need to look nowhere else.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION` for a channel of which nobody says where its data is
 */
export function withJobChannels(request: TrainingJobRequest, channels: JobChannels): TrainingJobRequest {
  if (Object.keys(channels).length === 0 || !isPropertyObject(request)) return request;
  const given = request.InputDataConfig as unknown;
  if (given != null && !Array.isArray(given)) return request;
  const inRequest = (given ?? []) as readonly ChannelDefinition[];
  const names = new Set(inRequest.map((channel) => (channel as ChannelDefinition | undefined)?.ChannelName));
  const others = Object.keys(channels).filter((name) => !names.has(name));
  const nowhere = others.find((name) => channels[name]!.source === undefined);
  if (nowhere !== undefined) throw withoutSource(nowhere, names);
  const added = others.map((name) => ({ ChannelName: name, DataSource: undefined }));
  const all: readonly ChannelDefinition[] = [...inRequest, ...added];
  return {
    ...request,
    InputDataConfig: all.map((channel) => {
      const name = (channel as ChannelDefinition | undefined)?.ChannelName;
      return name !== undefined && Object.hasOwn(channels, name)
        ? { ...channel, ...definitionOf(channels[name]!) }
        : channel;
    }),
  };
}

function withoutSource(name: string, names: ReadonlySet<unknown>): PipeModeError {
  const inRequest = [...names].filter((each) => typeof each === 'string');
  const advice = `InputDataConfig has no channel "${name}" that would say it.${didYouMean(name, inRequest)}`;
  return expected(`channels.${name}.source`, 'where its data is', undefined, { advice });
}

/** What AWS's shape can say of it. */
function definitionOf({
  inputMode,
  gunzip,
  recordio,
  shuffle,
}: JobChannelOptions): Partial<ChannelDefinition> {
  return {
    ...(inputMode === undefined ? undefined : { InputMode: inputMode }),
    ...(gunzip === undefined ? undefined : { CompressionType: gunzip ? 'Gzip' : 'None' }),
    ...(recordio === undefined ? undefined : { RecordWrapperType: recordio ? 'RecordIO' : 'None' }),
    ...(shuffle === undefined ? undefined : { ShuffleConfig: { Seed: Number(shuffle.seed) } }),
  };
}

/** The options of every channel of a job on a host, by name. */
export function channelOptionsByName(
  request: ResolvedTrainingRequest,
  channels: JobChannels,
  context: S3SourceOptions & {
    readonly dest: string;
    readonly shardOf: (channel: ChannelDefinition) => ShardOptions;
  },
): Record<string, ChannelOptions> {
  const inputMode = request.AlgorithmSpecification.TrainingInputMode as InputMode;
  return Object.fromEntries(
    request.InputDataConfig.map((channel) => {
      const own = channels[channel.ChannelName!] ?? {};
      const s3 = own.s3 ?? context.s3;
      const requestPayer = own.requestPayer ?? context.requestPayer;
      const options = channelOptionsOf(channel, {
        dest: context.dest,
        s3,
        requestPayer,
        inputMode,
        source: own.source,
        shard: context.shardOf(channel),
      });
      const { inputMode: _mode, gunzip: _gunzip, recordio: _recordio, source: _source, ...rest } = own;
      return [options.name, { ...options, ...rest }];
    }),
  );
}
