import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect, type InspectOptions } from 'node:util';

import { asyncDispose } from '../disposal.js';
import type { EpochEndEvent, EpochStartEvent, ObjectEvent } from '../delivery/events.js';
import { unusablePath } from '../fs/file-errors.js';
import { isDirectory } from '../fs/is-directory.js';
import { PipeModeError } from '../errors.js';
import { check, expected } from '../options/expected.js';
import { isForeign, isPath, locationText, pathOf, resolveLocal } from '../options/location.js';
import { isS3 } from '../options/s3-form.js';
import { checkObject, type Names, readArgument, readOptions } from '../options/read-options.js';
import { Channel, startInHalves } from './channel.js';
import type { ChannelEmitter } from './events.js';
import { CHANNEL_OPTIONS, type ChannelOptions } from './options.js';
import { refuseClashes } from './name-clash.js';
import { Completion } from './completion.js';
import { markHere } from './made-at.js';
import { unlessNeverStarted } from './never-started.js';

/** Options without some of them, as `Omit` has it, but for each kind of them by itself: what excludes each other stays so. */
export type OptionsWithout<Options, Name extends keyof Options> = Options extends unknown
  ? Omit<Options, Name>
  : never;

/** What one channel of a group is made of: all that a channel can have, without what the group gives it. */
export type GroupedChannelOptions = OptionsWithout<ChannelOptions, 'name' | 'dest'> & {
  /** The directory of this channel's FIFOs. Default: the group's. */
  readonly dest?: string | URL | undefined;
  /** As in `channels`, or left out: what {@link fromChannel} makes has it. */
  readonly name?: string | undefined;
};

/** A group whose channels are the subdirectories of a directory. */
export interface GroupOfDirectories {
  /** A directory whose subdirectories are the channels, by name: a path or a `file://` URL. */
  readonly source: string | URL;
  /** Not beside `source`. */
  readonly channels?: undefined;
}

/** A group whose channels are named one by one. */
export interface GroupOfChannels {
  /** The channels, by name. */
  readonly channels: Readonly<Record<string, GroupedChannelOptions>>;
  /** Not beside `channels`. */
  readonly source?: undefined;
}

/**
 * What a group of channels is made of: either `source` or `channels`, `dest`, and options for all of them, which a
 * channel's own go before.
 */
export type ChannelGroupOptions = OptionsWithout<ChannelOptions, 'name' | 'source' | 'dest'> & {
  /** The directory of the FIFOs of all channels. */
  readonly dest: string | URL;
} & (GroupOfDirectories | GroupOfChannels);

/** The events of a {@link ChannelGroup}: those of its channels, each with its channel. */
export type ChannelGroupEvents = {
  /** A reader has opened an epoch's FIFO of a channel. */
  epochStart: (event: EpochStartEvent, channel: Channel) => void;
  /** An object of a channel has been written to its end. */
  object: (event: ObjectEvent, channel: Channel) => void;
  /** An epoch of a channel is over. */
  epochEnd: (event: EpochEndEvent, channel: Channel) => void;
  /** A channel was stopped, and nothing of it is left. */
  stop: (channel: Channel) => void;
  /** A channel has failed. The others go on. */
  error: (error: PipeModeError, channel: Channel) => void;
};

const { name: _, source, ...SHARED_OPTIONS } = CHANNEL_OPTIONS;

const KNOWN: Names<ChannelGroupOptions> = { source, channels: true, ...SHARED_OPTIONS };

/** As many channels as a SageMaker training job can have. */
const MOST_CHANNELS = 20;

const Emitter = EventEmitter as unknown as new () => ChannelEmitter<ChannelGroupEvents>;

/** How long after one that cannot be started another one may fail to be told of instead, in milliseconds. */
const FAILING_TOGETHER_MS = 50;

/** Several channels that are started and stopped together. Made by {@link createChannels}. */
export class ChannelGroup extends Emitter implements AsyncDisposable {
  /** The channels, by name, in the order of their names. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly #made = markHere();
  readonly #completion = new Completion();
  #state: 'idle' | 'starting' | 'started' = 'idle';
  #isStopped = false;
  /** Failures without a listener before it is known whether all channels start. */
  readonly #earlyErrors: PipeModeError[] = [];

  /** @internal */
  constructor(options: ChannelGroupOptions) {
    super();
    const each = channelOptions(readOptions(options, KNOWN));
    refuseClashes(each);
    this.channels = new Map(makeAll(each).map((channel) => [channel.name, channel]));
    for (const channel of this.channels.values()) this.#forward(channel);
  }

  /**
   * Starts all channels. If one of them cannot be started, the others are stopped, before a reader got anything, and in the
   * middle of their downloads.
   *
   * @throws {@link PipeModeError} what it could not be started for, of several that fail at once the first by name; `INVALID_STATE` if
   * the group was stopped before, or started, and then it goes on.
   */
  async start(): Promise<void> {
    this.#checkStartable();
    this.#state = 'starting';
    const { prepare, run } = startInHalves();
    const preparing = this.#all(prepare);
    let timer: NodeJS.Timeout | undefined;
    const stopSoon = () => void (timer = setTimeout(() => void this.#stopChannels(), FAILING_TOGETHER_MS));
    Promise.all(preparing).catch(stopSoon);
    const failure = firstFailure(await Promise.allSettled(preparing));
    clearTimeout(timer);
    if (failure !== undefined) {
      if (!this.#isStopped) this.#completion.fail(failure);
      await this.stop();
      throw failure;
    }
    this.#state = 'started';
    await Promise.all(this.#all(run));
    for (const error of this.#earlyErrors) this.#completion.throwUnlessWatched(error);
    this.#watch();
  }

  /** Stops all channels. Resolves when nothing is left of them. May be called again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const stopped = await this.#stopChannels();
    this.#completion.succeed();
    const failure = stopped.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** The same as {@link stop}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when all channels are finished or stopped. Rejects as soon as one has failed, while the others go
   * on; an `error` event tells of every one.
   *
   * @throws {@link PipeModeError} what the first channel failed with; its `channel` says which; `INVALID_STATE` if the
   * event loop would end, and the group was not started.
   */
  finished(): Promise<void> {
    const end = this.#completion.wait();
    if (this.#state !== 'idle' || this.#isStopped) return end;
    return unlessNeverStarted(end, 'The group of channels', this.#made, () => this.#state === 'idle');
  }

  readonly #stopChannels = (): Promise<PromiseSettledResult<void>[]> =>
    Promise.allSettled(this.#all((channel) => channel.stop()));

  #checkStartable(): void {
    if (this.#isStopped) throw invalidStart('stopped');
    if (this.#state !== 'idle') throw invalidStart(this.#state);
  }

  /** What `console.log` shows. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `ChannelGroup ${inspect([...this.channels.values()], options)}`;
  }

  #forward(channel: Channel): void {
    for (const name of ['epochStart', 'object', 'epochEnd'] as const)
      channel.on(name, (event: unknown) => void this.#emit(name, event, channel));
    channel.on('stop', () => {
      this.#emit('stop', channel);
      if (this.#state === 'idle' && this.#all(({ state }) => state).every((state) => state === 'stopped'))
        this.#watch();
    });
    channel.on('error', (error) => this.#onError(error, channel));
  }

  #emit(...args: readonly [keyof ChannelGroupEvents, ...unknown[]]): boolean {
    return (this as NodeJS.EventEmitter).emit(...args);
  }

  #onError(error: PipeModeError, channel: Channel): void {
    this.#completion.fail(error);
    if (this.listenerCount('error') > 0) this.#emit('error', error, channel);
    else if (this.#state === 'starting')
      this.#earlyErrors.push(error); // start() may be about to tell
    else this.#completion.throwUnlessWatched(error);
  }

  #watch(): void {
    Promise.all(this.#all((channel) => channel.finished())).then(
      () => {
        this.#completion.succeed();
      },
      (error: unknown) => {
        this.#completion.fail(error as Error);
      },
    );
  }

  #all<T>(action: (channel: Channel) => T): T[] {
    return [...this.channels.values()].map(action);
  }
}

/**
 * Makes several channels at once: one for every subdirectory of a directory, or those that are named.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION` (neither or both of `source` and `channels`, no channel, more
 * than 20), `CHANNEL_NAME_CLASH`, `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, and what {@link createChannel} throws.
 *
 * @example
 * ```ts
 * import { createChannels } from 'sagemaker-pipe-mode';
 *
 * const group = createChannels({ source: './data', dest: './ml/input/data', epochs: 2 }); // data/training, data/validation
 * await group.start(); // ml/input/data/training_0 and validation_0 exist now
 * await group.finished(); // an algorithm has read both channels twice
 * ```
 */
export function createChannels(options: ChannelGroupOptions): ChannelGroup {
  return new ChannelGroup(options);
}

function channelOptions(options: ChannelGroupOptions): ChannelOptions[] {
  const { source, channels, dest, ...shared } = options;
  if ((source === undefined) === (channels === undefined)) {
    throw new PipeModeError(
      'INVALID_OPTION',
      'Expected either `source`, a directory whose subdirectories are the channels, or `channels`, a record of options.',
    );
  }
  const each = channels === undefined ? subdirectories(source) : channelsOf(channels);
  if (each.size === 0 || each.size > MOST_CHANNELS) throw wrongNumber(each.size, source);
  // Each is checked as a whole when its channel is made.
  return [...each].map(([name, own]) => ({ dest, ...shared, ...own, name }) as ChannelOptions);
}

/** In the order of their names. */
function channelsOf(channels: Readonly<Record<string, GroupedChannelOptions>>) {
  checkObject('channels', channels, "an object of channels' options by their names");
  const entries = readArgument('channels', () => Object.entries(channels));
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(readChannel));
}

function readChannel([name, options]: [string, GroupedChannelOptions]) {
  const option = `channels.${name}`;
  const { name: own = name, ...rest } = readOptions(options, CHANNEL_OPTIONS, option);
  check(`${option}.name`, `'${name}', as in \`channels\`, or left out`, own, (given) => given === name);
  return [name, rest] as const;
}

/** Makes all channels, or none: one that is never started would listen to its signal for good. */
function makeAll(options: readonly ChannelOptions[]): Channel[] {
  const made: Channel[] = [];
  try {
    for (const each of options) made.push(new Channel(each));
    return made;
  } catch (error) {
    for (const channel of made) void channel.stop();
    throw error;
  }
}

function subdirectories(given: unknown): Map<string, GroupedChannelOptions> {
  const source = locationText('source', given);
  if (!isPath(source) || isS3(source) || isForeign(source)) {
    throw expected(
      'source',
      'a local directory whose subdirectories are the channels (for S3, use `channels`)',
      source,
    );
  }
  const root = resolve(pathOf('source', source));
  try {
    // a link that leads nowhere is no channel
    const names = readdirSync(root).filter((name) => isDirectory(join(root, name)));
    return new Map(names.sort().map((name) => [name, { source: join(root, name) }]));
  } catch (error) {
    throw unusablePath(root, error);
  }
}

function invalidStart(state: string): PipeModeError {
  return new PipeModeError(
    'INVALID_STATE',
    `These channels cannot be started: they are ${state}. A group of channels starts once; make another one.`,
  );
}

function wrongNumber(count: number, source: string | URL | undefined): PipeModeError {
  const where = source === undefined ? '`channels`' : `"${resolveLocal('source', source)}"`;
  const advice =
    count === 0 ? 'Put the data of each channel into a subdirectory named after it.' : 'Use fewer channels.';
  return new PipeModeError(
    'INVALID_OPTION',
    `Expected 1 to ${MOST_CHANNELS} channels, as in a SageMaker training job, found ${count} in ${where}. ${advice}`,
  );
}

/** Of the channels, by name. One that was stopped because of another one has not failed by itself. */
function firstFailure(prepared: readonly PromiseSettledResult<unknown>[]): PipeModeError | undefined {
  const failures = prepared.flatMap((each) =>
    each.status === 'rejected' ? [each.reason as PipeModeError] : [],
  );
  return failures.find(({ code }) => code !== 'ABORTED') ?? failures[0];
}
