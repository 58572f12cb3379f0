import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  augmentedManifestSource,
  type ChannelOptions,
  manifestSource,
  type OptionsWithout,
} from 'sagemaker-pipe-mode';

/** How the command reaches S3. */
export interface S3Flags {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly requestPayer?: 'requester';
}

/** What every command has. Those of S3 are for commands whose source can be there. */
export interface StreamFlags extends S3Flags {
  readonly epochs?: number;
  readonly shard?: ChannelOptions['shard'];
  readonly inputMode?: ChannelOptions['inputMode'];
  readonly prefetchBytes?: number;
  readonly openTimeout?: number;
  readonly stallTimeout?: number;
  readonly exitOnFailure?: true;
  readonly json?: true;
  readonly debug?: true;
}

/** What is said of the data, where no document says it. */
export interface DataFlags extends StreamFlags {
  readonly gunzip?: true;
  readonly recordio?: true;
  readonly shuffle?: bigint;
}

/** What `SRC` is, if it is not the data itself. */
export interface ManifestFlags {
  readonly manifest?: true;
  readonly augmentedManifest?: readonly string[];
  readonly allowLocalFiles?: true;
}

export function withManifestOptions(command: Command): Command {
  return command
    .optionsGroup('The source:')
    .option('--manifest', 'SRC is a manifest, as S3DataType ManifestFile says')
    .addOption(
      new Option(
        '--augmented-manifest <NAMES>',
        'SRC is an augmented manifest; NAMES are AttributeNames, with commas',
      )
        .argParser(parseNames)
        .conflicts('manifest'),
    )
    .option('--allow-local-files', 'let a manifest in S3 name files of this machine');
}

export function withDataOptions(command: Command): Command {
  return command
    .optionsGroup('The data:')
    .option('-x, --gunzip', 'decompress every object, as CompressionType Gzip does')
    .option('-r, --recordio', 'make every object one RecordIO record, as RecordWrapperType RecordIO does')
    .option('--shuffle <SEED>', 'another order in every epoch, as ShuffleConfig says', parseInteger);
}

export function withStreamOptions(command: Command): Command {
  return command
    .optionsGroup('The channel:')
    .option('--epochs <N>', 'end after N epochs (default: endless, as in the cloud)', parseCount)
    .option('--shard <INDEX/COUNT>', "this host's share, as ShardedByS3Key gives it: 0/4 to 3/4", parseShard)
    .addOption(
      new Option('--input-mode <MODE>', 'how the algorithm gets the data; Pipe if not given').choices([
        'Pipe',
        'File',
        'FastFile',
      ]),
    )
    .option('--prefetch-bytes <SIZE>', 'read so much ahead: 67108864, 64MiB (the default)', parseSize)
    .option('--open-timeout <SECONDS>', 'fail if no reader opens a pipe for so long', parseSeconds)
    .option('--stall-timeout <SECONDS>', 'fail if nothing moves for so long', parseSeconds)
    .optionsGroup('The command:')
    .option('--exit-on-failure', 'after a failure, exit at once instead of holding the reader')
    .option('--json', 'one JSON object per event and line on stdout; no live view')
    .option('-d, --debug', 'tell on stderr what happens inside; no live view');
}

export function withJobOptions(command: Command): Command {
  return command
    .optionsGroup('The job:')
    .option('--image <IMAGE>', "run a container of it, instead of the request's or of a program")
    .option(
      '--hyperparameter <NAME=VALUE>',
      'instead of what JOB_FILE says; may be given several times',
      collect,
    )
    .option('--directory <DIR>', 'keep its files in this directory, which is new or empty')
    .option(
      '--stop-grace <SECONDS>',
      'from SIGTERM to SIGKILL when it is stopped; 120 if not given',
      parseSeconds,
    )
    .addOption(
      new Option('--isolation <HOW>', 'what keeps the program apart; namespace if not given').choices([
        'namespace',
        'none',
      ]),
    )
    .option('--strict', 'demand of JOB_FILE all that AWS demands')
    .optionsGroup('The command:')
    .option('--json', 'one JSON object per event and line on stdout; no live view')
    .option('-d, --debug', 'tell on stderr what happens inside; no live view');
}

/** Of an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function withS3Options(command: Command): Command {
  return withS3Access(command).addOption(
    new Option('--request-payer <PAYER>', 'pay for what is read of a requester-pays bucket').choices([
      'requester',
    ]),
  );
}

/** Of what has no other options of S3. */
export function withS3Access(command: Command): Command {
  return command
    .optionsGroup('S3:')
    .option('--region <REGION>', 'as with the AWS CLI; by default what the SDK finds')
    .option('--profile <NAME>', 'of ~/.aws')
    .option('--endpoint-url <URL>', 'a server of your own');
}

/** The library's options for those of the command. It is the library that refuses what cannot be combined. */
export function channelOptionsOf(
  flags: DataFlags,
): OptionsWithout<ChannelOptions, 'name' | 'source' | 'dest'> {
  const { gunzip, recordio, shuffle } = flags;
  return {
    gunzip,
    recordio,
    shuffle: shuffle === undefined ? undefined : { seed: shuffle },
    ...sharedOptionsOf(flags),
  } as OptionsWithout<ChannelOptions, 'name' | 'source' | 'dest'>;
}

/** Those that a document does not say. */
export function limitsOf({ epochs, prefetchBytes, openTimeout, stallTimeout }: StreamFlags) {
  return { epochs, prefetchBytes, openTimeoutMs: openTimeout, stallTimeoutMs: stallTimeout };
}

/** `undefined` if nothing is said, which leaves it to the SDK. */
export function s3Of({ region, profile, endpointUrl }: S3Flags): ChannelOptions['s3'] {
  if (region === undefined && profile === undefined && endpointUrl === undefined) return undefined;
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
  };
}

/** What `SRC` stands for. */
export function sourceOf(source: string, flags: ManifestFlags & S3Flags): ChannelOptions['source'] {
  const { manifest, augmentedManifest: attributeNames, allowLocalFiles, requestPayer } = flags;
  const access = { s3: s3Of(flags), requestPayer, allowLocalFiles };
  if (attributeNames) return augmentedManifestSource(source, { attributeNames, ...access });
  return manifest ? manifestSource(source, access) : source;
}

function sharedOptionsOf(flags: StreamFlags) {
  const { shard, inputMode, requestPayer } = flags;
  return { shard, inputMode, s3: s3Of(flags), requestPayer, ...limitsOf(flags) };
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('Expected a whole number from 1 up.');
}

function parseInteger(text: string): bigint {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Expected an integer, such as 42.');
}

function parseShard(text: string): ChannelOptions['shard'] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(index) < Number(count)) return { index: Number(index), count: Number(count) };
  throw new InvalidArgumentError(
    'Expected the number of this host, from 0, and how many there are: 0/4 is the first of four, 3/4 the last.',
  );
}

const UNITS = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

function parseSize(text: string): number {
  const [, digits, unit] = /^(\d+)(|KiB|MiB|GiB)$/.exec(text) ?? [];
  const size = Number(digits) * UNITS[unit as keyof typeof UNITS];
  if (size >= UNITS.MiB && Number.isSafeInteger(size)) return size;
  throw new InvalidArgumentError('Expected a number of bytes from 1 MiB up, such as 67108864 or 64MiB.');
}

/** In milliseconds. */
export function parseSeconds(text: string): number {
  const milliseconds = Math.round(Number(text) * 1000);
  if (/^\d+(\.\d+)?$/.test(text) && milliseconds >= 1 && Number.isSafeInteger(milliseconds))
    return milliseconds;
  throw new InvalidArgumentError('Expected a number of seconds, such as 60 or 0.5.');
}

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Expected names with commas between them, such as image-ref,label.');
}
