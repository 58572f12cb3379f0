import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { PipeModeError } from '../errors.js';
import {
  checkBoolean,
  checkChannelName,
  checkEpochs,
  checkInteger,
  checkMode,
  checkOneOf,
  checkSignal,
  checkTimeout,
} from '../options/checks.js';
import { check, expected } from '../options/expected.js';
import { resolveDirectory } from '../options/location.js';
import { type Names, readArgument, readOptions } from '../options/read-options.js';
import type { MemoryObject } from '../source/memory.js';
import { resolveSource } from '../source/resolve-source.js';
import { checkS3Options, type S3SourceOptions } from '../source/s3/options.js';
import { sharded, type ShardOptions } from '../source/sharded.js';
import { shuffled, type ShuffleOptions } from '../source/shuffled.js';
import type { Source } from '../source/source.js';
import { gunzip } from '../transform/gunzip.js';
import { recordio } from '../transform/recordio.js';
import type { Transform } from '../transform/transform.js';

/** How the algorithm gets a channel, as in SageMaker's `InputMode`. */
export type InputMode = 'Pipe' | 'File' | 'FastFile';

export const INPUT_MODES = ['Pipe', 'File', 'FastFile'] as const satisfies readonly InputMode[];

/**
 * What a channel is made of. Everything but `name`, `source` and `dest` has a default. In File and FastFile mode there is
 * neither `gunzip` nor `recordio`, as in SageMaker.
 */
// Pipe mode last: TypeScript says what options lack by the last of a union.
export type ChannelOptions = FileModeOptions | PipeModeOptions;

/** What a channel in Pipe mode is made of. */
export interface PipeModeOptions extends CommonOptions {
  /** As in {@link CommonOptions.inputMode}: the algorithm gets the data from FIFOs, an epoch each. */
  readonly inputMode?: 'Pipe' | undefined;
  /** Decompresses every object, as `CompressionType: Gzip` does. Default `false`. */
  readonly gunzip?: boolean | undefined;
  /** Makes every object one RecordIO record, as `RecordWrapperType: RecordIO` does. Default `false`. */
  readonly recordio?: boolean | undefined;
}

/** What a channel in File or FastFile mode is made of. */
export interface FileModeOptions extends CommonOptions {
  /** As in {@link CommonOptions.inputMode}: the algorithm gets the data as files. */
  readonly inputMode: 'File' | 'FastFile';
  /** For Pipe mode only. */
  readonly gunzip?: false | undefined;
  /** For Pipe mode only. */
  readonly recordio?: false | undefined;
}

/** What a channel is made of in every mode. */
export interface CommonOptions {
  /**
   * The channel's name, as in SageMaker's `ChannelName`: 1 to 64 of the characters `A-Z`, `a-z`, `0-9`, `.`,
   * `-` and `_`. Its FIFOs are `<dest>/<name>_0`, `<dest>/<name>_1` and so on.
   */
  readonly name: string;
  /**
   * Where the objects come from: the path or `file://` URL of a file or a directory, an `s3://bucket/prefix`
   * (every key that begins with the prefix), a {@link Source}, or objects in memory. URLs may be strings or `URL`s.
   */
  readonly source: string | URL | Source | readonly MemoryObject[];
  /**
   * The directory of the FIFOs, a path or a `file://` URL (a string or a `URL`). Made if it is not there. In a SageMaker container it is
   * `/opt/ml/input/data`.
   */
  readonly dest: string | URL;
  /**
   * How the algorithm gets the data:
   * - `Pipe`: from FIFOs, an epoch each.
   * - `File`: as files in the directory `<dest>/<name>`, which is there, complete, when `start()` resolves, and which
   *   `stop()` removes. A file's path is its key; of an S3 key it is what follows the prefix's folder. `gunzip` and
   *   `recordio` are for Pipe mode only, as in SageMaker; `epochs` means nothing.
   * - `FastFile`: the same, with write-protected files and directories. SageMaker fetches them when they are read;
   *   here they are fetched before.
   *
   * Default `Pipe`.
   */
  readonly inputMode?: InputMode | undefined;
  /** Transforms of your own, applied in order: after `gunzip`, before `recordio`. Default none. */
  readonly transforms?: readonly Transform[] | undefined;
  /** How many epochs to stream: 1 or more. Default endless, as in the cloud. */
  readonly epochs?: number | undefined;
  /**
   * Shuffles the objects, manifest entries or lines anew in every epoch, as {@link shuffled} does. Default: in the
   * source's order.
   */
  readonly shuffle?: ShuffleOptions | undefined;
  /**
   * Streams one host's share, as {@link sharded} does; with `shuffle`, a share of the shuffled order. Default:
   * everything, as with `FullyReplicated`.
   */
  readonly shard?: ShardOptions | undefined;
  /**
   * How much data the channel may hold in memory, in bytes, plus one chunk of the object whose turn it is and what the
   * pipe holds. What transforms have been given and not yet passed on counts as well. At least 1 MiB. Default 64 MiB.
   */
  readonly prefetchBytes?: number | undefined;
  /** A client for S3, or its configuration. Default: the SDK's usual ways to find credentials, region and endpoint. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /** Who pays for what is read of a requester-pays bucket, as {@link S3SourceOptions.requestPayer}. Default: the owner. */
  readonly requestPayer?: 'requester' | undefined;
  /** The permission bits of the FIFOs, or files, whatever the umask. Default `0o644`: everybody may read. */
  readonly mode?: number | undefined;
  /**
   * Whether to use system calls that Node does not offer, as {@link FifoSinkOptions.zeroCopy} says. Default `true`.
   */
  readonly zeroCopy?: boolean | undefined;
  /**
   * How long a reader may take to open an epoch's FIFO once it is there, in milliseconds, from 1 up. Then the channel
   * fails with `READER_TIMEOUT`, whose message says who has what else in `dest` open. Default: for ever.
   */
  readonly openTimeoutMs?: number | undefined;
  /**
   * How long nothing may move, in milliseconds, from 1 up: while the reader of a FIFO does not read (`READER_STALLED`),
   * or the source does not deliver, also within `start()` (`SOURCE_STALLED`). Looked at four times a second. Default:
   * for ever.
   */
  readonly stallTimeoutMs?: number | undefined;
  /** Stops the channel when it is aborted; `finished()` then rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked and made uniform. */
export interface ResolvedOptions {
  readonly name: string;
  readonly source: Source;
  readonly dest: string;
  readonly inputMode: InputMode;
  readonly transforms: readonly Transform[];
  readonly epochs: number;
  readonly prefetchBytes: number;
  readonly mode: number;
  readonly zeroCopy: boolean | undefined;
  readonly openTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The names of all options. */
export const CHANNEL_OPTIONS: Names<ChannelOptions> = {
  name: true,
  source: true,
  dest: true,
  inputMode: true,
  gunzip: true,
  recordio: true,
  transforms: true,
  epochs: true,
  shuffle: true,
  shard: true,
  prefetchBytes: true,
  s3: true,
  requestPayer: true,
  mode: true,
  zeroCopy: true,
  openTimeoutMs: true,
  stallTimeoutMs: true,
  signal: true,
};

const MIB = 1024 * 1024;

/**
 * Checks options at the door.
 *
 * @throws {@link PipeModeError} `INVALID_CHANNEL_NAME`, `INVALID_EPOCHS`, `INVALID_OPTION`, `UNKNOWN_OPTION`,
 * `S3_INVALID_URI`, `PIPE_MODE_ONLY`.
 */
export function resolveOptions(options: ChannelOptions): ResolvedOptions {
  const given = readOptions(options, CHANNEL_OPTIONS);
  const {
    name,
    inputMode = 'Pipe',
    epochs = Infinity,
    prefetchBytes = 64 * MIB,
    mode = 0o644,
    zeroCopy,
    openTimeoutMs = Infinity,
    stallTimeoutMs = Infinity,
    signal,
  } = given;
  checkChannelName('name', name);
  checkEpochs(epochs);
  checkOneOf('inputMode', INPUT_MODES, inputMode);
  const dest = resolveDirectory('dest', given.dest);
  checkInteger('prefetchBytes', 'a number of bytes from 1048576 (1 MiB) up', prefetchBytes, MIB);
  checkMode(mode);
  if (zeroCopy !== undefined) checkBoolean('zeroCopy', zeroCopy);
  checkTimeout('openTimeoutMs', openTimeoutMs);
  checkTimeout('stallTimeoutMs', stallTimeoutMs);
  if (signal !== undefined) checkSignal(signal);
  const s3Options: S3SourceOptions = { s3: given.s3, requestPayer: given.requestPayer };
  checkS3Options(s3Options);
  const source = arrange(resolveSource(given.source, s3Options), given);
  const transforms = resolveTransforms(given);
  const limits = { prefetchBytes, openTimeoutMs, stallTimeoutMs };
  return { name, source, dest, inputMode, transforms, epochs, mode, zeroCopy, signal, ...limits };
}

/** Shuffled across all hosts first, so that a host's share changes from epoch to epoch. */
function arrange(source: Source, { shuffle, shard }: ChannelOptions): Source {
  const ordered = shuffle === undefined ? source : shuffled(source, shuffle);
  return shard === undefined ? ordered : sharded(ordered, shard);
}

function resolveTransforms({
  gunzip: inflate = false,
  recordio: wrap = false,
  transforms = [],
  inputMode = 'Pipe',
}: ChannelOptions): Transform[] {
  checkBoolean('gunzip', inflate);
  checkBoolean('recordio', wrap);
  if (inputMode !== 'Pipe') refusePipeOnly(inputMode, { gunzip: inflate, recordio: wrap });
  return [...(inflate ? [gunzip()] : []), ...listOfTransforms(transforms), ...(wrap ? [recordio()] : [])];
}

function listOfTransforms(transforms: unknown): Transform[] {
  const rule = 'an array of functions from an object to an object';
  check('transforms', rule, transforms, Array.isArray);
  const list = readArgument('transforms', () => Array.from(transforms as readonly unknown[]));
  if (!list.every((each) => typeof each === 'function')) throw expected('transforms', rule, transforms);
  const maker = [gunzip, recordio].find((each) => list.includes(each));
  if (maker === undefined) return list as Transform[];
  throw expected('transforms', rule, transforms, { advice: `Call ${maker.name}: it makes a transform.` });
}

function refusePipeOnly(inputMode: InputMode, options: Record<string, boolean>): void {
  const wanted = Object.keys(options).find((option) => options[option]);
  if (wanted === undefined) return;
  throw new PipeModeError(
    'PIPE_MODE_ONLY',
    `\`${wanted}: true\` cannot be combined with \`inputMode: '${inputMode}'\`: in SageMaker, CompressionType Gzip and ` +
      `RecordWrapperType RecordIO are for Pipe mode only, and files arrive as they are. Leave it out and let the ` +
      `algorithm do it, use Pipe mode, or pass \`transforms\` of your own, which SageMaker will not apply.`,
  );
}
