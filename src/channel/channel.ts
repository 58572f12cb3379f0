import { EventEmitter } from 'node:events';
import { join } from 'node:path';

import type * as typedEmitter from 'typed-emitter';

import { debugTo } from '../debug.js';
import { PipeModeError } from '../errors.js';
import { onAbort } from '../abort/on-abort.js';
import { FifoSink } from '../fifo/fifo-sink.js';
import { Completion } from './completion.js';
import { ioThread, leaseThreads, type ThreadLease } from '../workers/threads.js';
import { Epoch } from '../delivery/epoch.js';
import { filesToWrite } from '../delivery/files-below-writer.js';
import { FileDelivery } from '../delivery/files-delivery.js';
import type { ChannelEvents } from './events.js';
import { failureOf, withContext } from '../delivery/failure.js';
import { raceAbort } from '../abort/race-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { claimName } from './name-claims.js';
import { type ChannelOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { SlabPool } from '../flow/buffer-pool.js';
import type { ChannelState, ChannelStats } from './stats.js';

const debug = debugTo('channel');

/** Which state may follow which. */
const NEXT: Record<ChannelState, readonly ChannelState[]> = {
  idle: ['waiting', 'stopped'],
  waiting: ['streaming', 'stopped', 'failed'],
  streaming: ['waiting', 'finished', 'stopped', 'failed'],
  finished: [],
  stopped: [],
  failed: [],
};

const TypedEventEmitter = EventEmitter as unknown as new () => typedEmitter.default<ChannelEvents>;

/**
 * One input channel: streams its source into one FIFO after the other, `<dest>/<name>_0`, `<dest>/<name>_1` …,
 * an epoch each; or, in File mode, writes it into the directory `<dest>/<name>` once. Made by {@link createChannel}.
 *
 * What always holds:
 * - The reader of a FIFO sees its end only after the last byte of a complete epoch, or because the channel was
 *   stopped. When the channel fails, the reader is kept waiting until `stop()`.
 * - The next epoch's FIFO is there before a reader sees the end of this one.
 * - Events come in the order `epochStart`, `object` …, `epochEnd`, epoch after epoch, and after `stop` or
 *   `error` none. A listener that throws causes an uncaught exception; it does not disturb the channel.
 * - In File mode the directory is there with all of its files, or not at all. It counts as epoch 0, and files may be
 *   completed in any order.
 */
export class Channel extends TypedEventEmitter implements AsyncDisposable {
  /** The channel's name. */
  readonly name: string;
  /** The directory of the FIFOs, or of the channel's directory, as an absolute path. */
  readonly dest: string;
  readonly #options: ResolvedOptions;
  readonly #completion = new Completion();
  readonly #slabs = new SlabPool();
  /** Aborted by `stop()`, disposal or the caller's signal, with the reason. */
  readonly #stopping = new AbortController();
  #state: ChannelState = 'idle';
  #epoch = 0;
  #epochObjects = 0;
  #bytesBefore = 0;
  #objectsBefore = 0;
  #current: Epoch | undefined;
  /** In File mode, instead of sinks. */
  #files: FileDelivery | undefined;
  #sink: FifoSink | undefined;
  #upcoming: Promise<FifoSink> | undefined;
  #threads: ThreadLease | undefined;
  #unclaim: (() => void) | undefined;
  #unwatchSignal: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #starting: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** @internal */
  constructor(options: ChannelOptions) {
    super();
    this.#options = resolveOptions(options);
    this.name = this.#options.name;
    this.dest = this.#options.dest;
    if (this.#options.signal) this.#unwatchSignal = onAbort(this.#options.signal, this.#abort);
  }

  /** What the channel is doing. */
  get state(): ChannelState {
    return this.#state;
  }

  /**
   * Makes the first FIFO, after a look at whether there is anything to stream. Resolves when the FIFO is there;
   * streaming goes on by itself from then on, as readers come. In File mode it resolves when all files are there,
   * and the channel is `finished` then.
   *
   * @throws {@link PipeModeError} `CHANNEL_IN_USE`, `CHANNEL_NAME_CLASH`, `INVALID_STATE` if it was started before, `ABORTED`, what
   * {@link FifoSink.create} throws, and what the source finds wrong: `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`,
   * `SOURCE_EMPTY`, `S3_NO_SUCH_BUCKET` … In File mode also whatever fails later in Pipe mode, and `UNSAFE_KEY`,
   * `KEY_COLLISION` and `DEST_OCCUPIED`.
   */
  async start(): Promise<void> {
    await this.prepare();
    this.run();
  }

  /**
   * The part of `start()` that can fail. No reader gets anything before `run()`, so that a group can give up
   * without showing an end of the data to the readers of channels that could be started.
   *
   * @internal
   */
  prepare(): Promise<void> {
    if (this.#options.signal?.aborted) this.#abort();
    if (this.#stopping.signal.aborted) return Promise.reject(this.#stopping.signal.reason as PipeModeError);
    if (this.#state !== 'idle') return Promise.reject(this.#invalidStart());
    this.#move('waiting');
    return (this.#starting = this.#prepare());
  }

  /** @internal */
  run(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#files) this.#finish();
    else this.#running = this.#run();
  }

  /**
   * Ends the channel, at any moment and in any state: closes and removes its FIFOs, ends its threads and lets
   * go of its source. A reader that is in the middle of an epoch sees the end of its data. Resolves when nothing
   * is left. May be called again.
   */
  stop(): Promise<void> {
    const { name } = this;
    const reason = new PipeModeError('ABORTED', `Channel "${name}" was stopped.`, { channel: name });
    return (this.#stopped ??= this.#stop(reason, () => this.#completion.succeed()));
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when the last epoch has been written to its end or its reader has left, or when the channel was
   * stopped, and nothing is left of it.
   *
   * @throws {@link PipeModeError} what the channel failed with; `ABORTED` if its signal was aborted.
   */
  finished(): Promise<void> {
    return this.#completion.wait();
  }

  /** What the channel is doing, and what it has done so far. Cheap: made for being asked often. */
  stats(): ChannelStats {
    const epochBytes = this.#files?.bytes ?? this.#sink?.bytesWritten ?? 0;
    return {
      state: this.#state,
      epoch: this.#epoch,
      waitingFor: this.#waitingFor(),
      bytes: this.#bytesBefore + epochBytes,
      objects: this.#objectsBefore + this.#epochObjects,
      epochBytes,
      epochObjects: this.#epochObjects,
    };
  }

  async #prepare(): Promise<void> {
    const { source } = this.#options;
    const { signal } = this.#stopping;
    try {
      this.#unclaim = claimName(this.dest, this.name, this.#options.inputMode);
      this.#threads = leaseThreads();
      await raceAbort(source.check?.({ epoch: 0, signal }), signal);
      if (this.#options.inputMode === 'Pipe') await this.#makeFirstFifo();
      else await this.#deliverFiles();
      signal.throwIfAborted();
    } catch (error) {
      if (signal.aborted) throw signal.reason; // stop() does the rest
      const failure = withContext(error, this.name);
      void this.#completion.wait().catch(() => undefined); // whoever called start() hears of it
      await this.#removeFiles().catch(() => undefined); // what came first is what is reported
      await this.#release().catch(() => undefined);
      await this.#fail(failure);
      throw failure;
    }
  }

  async #makeFirstFifo(): Promise<void> {
    this.#sink = await this.#createSink(0);
    if (!this.#options.source.readsFiles) return;
    const below = filesToWrite(this.#options.source, this.#options.transforms);
    if (!below) ioThread(); // it will list them
    this.#sink.expectFiles(below?.root);
  }

  /** What File mode does instead of epochs, and calls epoch 0. The name stays claimed while the files are there. */
  async #deliverFiles(): Promise<void> {
    const { inputMode, ...options } = this.#options;
    const readOnly = inputMode === 'FastFile';
    this.#files = new FileDelivery({ ...options, readOnly, onObject: this.#onObject });
    const { path } = this.#files;
    this.#move('streaming');
    const began = performance.now();
    this.#report('epochStart', { epoch: 0, path });
    await this.#files.deliver(this.#stopping.signal);
    await this.#close();
    const { bytes, objects } = this.#files;
    const durationMs = performance.now() - began;
    this.#report('epochEnd', { epoch: 0, path, bytes, objects, durationMs, outcome: 'complete' });
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const isLast = this.#epoch === this.#options.epochs - 1;
        await this.#runEpoch(this.#epoch, isLast);
        if (isLast) break;
        await this.#advance();
        this.#stopping.signal.throwIfAborted(); // stop() may have looked at the sinks before they moved on
      }
      await this.#release();
      this.#finish();
    } catch (error) {
      if (this.#stopping.signal.aborted) return; // stop() does the rest
      await this.#fail(withContext(error, this.name, this.#epoch));
    }
  }

  async #runEpoch(epoch: number, isLast: boolean): Promise<void> {
    const sink = this.#sink!;
    // The next FIFO comes before this one's reader: it may close at once, and then looks for the next at once.
    if (!isLast) await (this.#upcoming = this.#createSink(epoch + 1));
    await sink.opened();
    this.#move('streaming');
    const began = performance.now();
    this.#report('epochStart', { epoch, path: sink.path });
    await this.#stream(epoch, sink);
    this.#stopping.signal.throwIfAborted();
    await sink.close();
    this.#report('epochEnd', {
      epoch,
      path: sink.path,
      bytes: sink.bytesWritten,
      objects: this.#epochObjects,
      durationMs: performance.now() - began,
      outcome: sink.readerLeft ? 'closedEarly' : 'complete',
    });
  }

  async #advance(): Promise<void> {
    this.#bytesBefore += this.#sink!.bytesWritten;
    this.#objectsBefore += this.#epochObjects;
    this.#epochObjects = 0;
    this.#sink = await this.#upcoming;
    this.#upcoming = undefined;
    this.#epoch++;
    this.#move('waiting');
  }

  async #stream(epoch: number, sink: FifoSink): Promise<void> {
    const { source, transforms, prefetchBytes } = this.#options;
    const slabs = this.#slabs;
    const onObject = this.#onObject;
    this.#current = new Epoch({ epoch, source, transforms, prefetchBytes, slabs, sink, onObject });
    await this.#current.stream();
    this.#current = undefined;
  }

  readonly #onObject = (key: string, bytes: number): void => {
    this.#epochObjects++;
    this.#report('object', { epoch: this.#epoch, key, bytes });
  };

  async #createSink(epoch: number): Promise<FifoSink> {
    const { mode, zeroCopy } = this.#options;
    const sink = new FifoSink({ path: join(this.dest, `${this.name}_${epoch}`), mode, zeroCopy });
    await sink.create();
    return sink;
  }

  /** The channel has failed. Its FIFOs stay as they are, so that no reader takes this for the end of the data. */
  async #fail(error: PipeModeError): Promise<void> {
    debug('%s: failed: %s', this.name, error.message);
    await settleWithin([this.#close().catch(() => undefined)]); // what came first is what is reported
    this.#move('failed');
    this.#completion.fail(error);
    if (this.listenerCount('error') > 0) this.#report('error', error);
    else this.#completion.throwUnlessWatched(error);
  }

  readonly #abort = (): void => {
    const cause: unknown = this.#options.signal?.reason;
    const reason = new PipeModeError(
      'ABORTED',
      `Channel "${this.name}" was stopped, because its signal was aborted.`,
      {
        channel: this.name,
        cause,
      },
    );
    this.#stopped ??= this.#stop(reason, () => this.#completion.fail(reason));
    this.#stopped.catch(() => undefined); // whoever calls stop() hears of it
  };

  /** Goes on past whatever cannot be closed, tells how it ended when nothing is left, and then rejects with that. */
  async #stop(reason: PipeModeError, settle: () => void): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (step: Promise<void>) => step.catch((error: unknown) => failures.push(error));
    this.#stopping.abort(reason);
    await this.#starting?.catch(() => undefined);
    await attempt(this.#closeSinks()); // which ends whatever #run() waits for
    await this.#running;
    await attempt(this.#closeSinks());
    const removed = this.#removeFiles();
    await removed.catch(() => undefined);
    await attempt(this.#release());
    if (NEXT[this.#state].length > 0) {
      this.#move('stopped');
      this.#report('stop');
      settle();
    } else {
      failures.length = 0; // how it ended was told when it did
    }
    await attempt(removed);
    if (failures.length > 0) throw withContext(failures[0], this.name);
  }

  async #removeFiles(): Promise<void> {
    await this.#files?.remove();
  }

  #finish(): void {
    this.#move('finished');
    this.#completion.succeed();
  }

  /** The next one first: a reader that sees the end of this one looks for it at once. */
  async #closeSinks(): Promise<void> {
    // Readers of a channel that was never started as a whole were promised nothing, also not an end.
    const close = (sink: FifoSink | undefined) =>
      this.#running ? sink?.releaseBlockedReader() : sink?.close();
    try {
      await close(await this.#upcoming?.catch(() => undefined));
    } finally {
      await close(this.#sink);
    }
  }

  /** Lets go of everything but the FIFOs, once. */
  #close(): Promise<void> {
    return (this.#closing ??= this.#closeSource());
  }

  async #closeSource(): Promise<void> {
    try {
      await settleWithin([Promise.resolve(this.#options.source.close?.())]);
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Closing the source failed' });
    } finally {
      await this.#threads?.release();
    }
  }

  async #release(): Promise<void> {
    this.#unwatchSignal?.();
    try {
      await this.#close();
    } finally {
      this.#unclaim?.();
    }
  }

  #waitingFor(): ChannelStats['waitingFor'] {
    if (this.#state !== 'waiting' && this.#state !== 'streaming') return 'nobody';
    if (this.#options.inputMode !== 'Pipe') return 'source';
    if (this.#state === 'waiting') return 'reader';
    return this.#current?.waitsForSource ? 'source' : 'reader';
  }

  #move(to: ChannelState): void {
    if (!NEXT[this.#state].includes(to)) throw new Error(`A channel cannot go from ${this.#state} to ${to}`);
    debug('%s: epoch %d: %s → %s', this.name, this.#epoch, this.#state, to);
    this.#state = to;
  }

  /** Events only report: what a listener throws is the host's to hear about, not the channel's. */
  #report<E extends keyof ChannelEvents>(event: E, ...args: Parameters<ChannelEvents[E]>): void {
    try {
      this.emit(event, ...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #invalidStart(): PipeModeError {
    return new PipeModeError(
      'INVALID_STATE',
      `Channel "${this.name}" cannot be started: it is ${this.#state}. A channel starts once; make another one.`,
      { channel: this.name },
    );
  }
}
