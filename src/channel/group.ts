import { EventEmitter } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type * as typedEmitter from 'typed-emitter';

import { asyncDispose } from '../disposal.js';
import { unusablePath } from '../fs/file-errors.js';
import { PipeModeError } from '../errors.js';
import { check, expected } from '../options/expected.js';
import { isForeign, isPath, isS3, pathOf } from '../options/location.js';
import { checkObject, type Names, readArgument, readOptions } from '../options/read-options.js';
import { Channel, startInHalves } from './channel.js';
import { CHANNEL_OPTIONS, type ChannelOptions } from './options.js';
import { refuseClashes } from './name-clash.js';
import { Completion } from './completion.js';
import { unlessNeverStarted } from './never-started.js';

/** What every channel of a group has in common; a channel's own options go before these. */
type SharedOptions = Omit<ChannelOptions, 'name' | 'source' | 'dest'>;

/** What one channel of a group is made of: all that a channel can have, without what the group gives it. */
export type GroupedChannelOptions = Omit<ChannelOptions, 'name' | 'dest'> &
  Partial<Pick<ChannelOptions, 'dest'>>;

/** What a group of channels is made of: either `source` or `channels`, `dest`, and options for all of them. */
export interface ChannelGroupOptions extends SharedOptions {
  /** A directory whose subdirectories are the channels, by name. */
  readonly source?: string | undefined;
  /** The channels, by name. */
  readonly channels?: Readonly<Record<string, GroupedChannelOptions>> | undefined;
  /** The directory of the FIFOs of all channels. */
  readonly dest: string;
}

/** The events of a {@link ChannelGroup}. */
export type ChannelGroupEvents = {
  /** A channel has failed; `error.channel` says which. The others go on. */
  error: (error: PipeModeError) => void;
};

const { name: _, source, ...SHARED_OPTIONS } = CHANNEL_OPTIONS;

const KNOWN: Names<ChannelGroupOptions> = { source, channels: true, ...SHARED_OPTIONS };

/** As many channels as a SageMaker training job can have. */
const MOST_CHANNELS = 20;

const TypedEventEmitter = EventEmitter as unknown as new () => typedEmitter.default<ChannelGroupEvents>;

/** Several channels that are started and stopped together. Made by {@link createChannels}. */
export class ChannelGroup extends TypedEventEmitter implements AsyncDisposable {
  /** The channels, by name, in the order of their names. */
  readonly channels: ReadonlyMap<string, Channel>;
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
    for (const channel of this.channels.values()) channel.on('error', this.#onError);
  }

  /**
   * Starts all channels. If one of them cannot be started, the others are stopped, before a reader got anything.
   *
   * @throws {@link PipeModeError} what the first of them, by name, could not be started for; `INVALID_STATE` if
   * the group was started before, which then goes on.
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') throw invalidStart(this.#state);
    this.#state = 'starting';
    const { prepare, run } = startInHalves();
    const prepared = await Promise.allSettled(this.#all(prepare));
    const failure = prepared.find((result) => result.status === 'rejected');
    if (failure) {
      if (!this.#isStopped) this.#completion.fail(failure.reason as PipeModeError);
      await this.stop();
      throw failure.reason;
    }
    this.#state = 'started';
    await Promise.all(this.#all(run));
    for (const error of this.#earlyErrors) this.#completion.throwUnlessWatched(error);
    this.#watch();
  }

  /** Stops all channels. Resolves when nothing is left of them. May be called again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const stopped = await Promise.allSettled(this.#all((channel) => channel.stop()));
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
    return unlessNeverStarted(end, 'The group of channels', () => this.#state === 'idle');
  }

  readonly #onError = (error: PipeModeError): void => {
    this.#completion.fail(error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
    else if (this.#state === 'starting')
      this.#earlyErrors.push(error); // start() may be about to tell
    else this.#completion.throwUnlessWatched(error);
  };

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
 * const group = createChannels({ source: './data', dest: '/opt/ml/input/data', epochs: 2 }); // data/train, data/test
 * await group.start();
 * await group.finished();
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
  return [...each].map(([name, own]) => ({ dest, ...shared, ...own, name }));
}

/** In the order of their names. */
function channelsOf(channels: Readonly<Record<string, GroupedChannelOptions>>) {
  checkObject('channels', channels, "an object of channels' options by their names");
  const entries = readArgument('channels', () => Object.entries(channels));
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(readChannel));
}

/** The options that `fromChannel` makes have the name in them. */
function readChannel([name, options]: [string, GroupedChannelOptions]) {
  const option = `channels.${name}`;
  const { name: own = name, ...rest } = readOptions<Partial<ChannelOptions>>(
    options,
    CHANNEL_OPTIONS,
    option,
  );
  check(`${option}.name`, `'${name}', as in \`channels\`, or left out`, own, (given) => given === name);
  return [name, rest as GroupedChannelOptions] as const;
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

function subdirectories(source: unknown): Map<string, GroupedChannelOptions> {
  if (!isPath(source) || isS3(source) || isForeign(source)) {
    throw expected(
      'source',
      'a local directory whose subdirectories are the channels (for S3, use `channels`)',
      source,
    );
  }
  const root = resolve(pathOf('source', source));
  try {
    const names = readdirSync(root).filter((name) => isDirectory(join(root, name)));
    return new Map(names.sort().map((name) => [name, { source: join(root, name) }]));
  } catch (error) {
    throw unusablePath(root, error);
  }
}

/** A link that leads nowhere is no channel. */
function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function invalidStart(state: string): PipeModeError {
  return new PipeModeError(
    'INVALID_STATE',
    `These channels cannot be started: they are ${state}. A group of channels starts once; make another one.`,
  );
}

function wrongNumber(count: number, source: string | undefined): PipeModeError {
  const where = source === undefined ? '`channels`' : `"${resolve(source)}"`;
  const advice =
    count === 0 ? 'Put the data of each channel into a subdirectory named after it.' : 'Use fewer channels.';
  return new PipeModeError(
    'INVALID_OPTION',
    `Expected 1 to ${MOST_CHANNELS} channels, as in a SageMaker training job, found ${count} in ${where}. ${advice}`,
  );
}
