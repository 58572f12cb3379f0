import { EventEmitter } from 'node:events';
import { inspect, type InspectOptions } from 'node:util';

import { temporaryFilesClosed } from '../body/temporary-file.js';
import { asyncDispose } from '../disposal.js';
import { onAbort } from '../abort/on-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { debugTo } from '../debug.js';
import type { Delivery } from '../delivery/delivery.js';
import type { EpochReadings } from '../delivery/epoch-readings.js';
import { failureOf, withContext } from '../delivery/failure.js';
import { PipeModeError } from '../errors.js';
import { leaseThreads, type ThreadLease } from '../workers/threads.js';
import { Completion } from './completion.js';
import type { ChannelEmitter, ChannelEvents } from './events.js';
import { describeWait } from './describe-wait.js';
import { makeDelivery } from './make-delivery.js';
import { callersOf, markHere } from './made-at.js';
import { claimName, type OpenChannel } from './name-claims.js';
import { unlessNeverStarted } from './never-started.js';
import { Patience, type PatienceEnd } from './patience.js';
import { type ChannelOptions, type ResolvedOptions, resolveOptions } from './options.js';
import type { ChannelState, ChannelStats } from '../stats.js';

const debug = debugTo('channel');

/** The states of a channel, but for what its delivery does while it is active. */
type Lifecycle = 'idle' | 'active' | 'finished' | 'stopped' | 'failed';

/** Which state may follow which. */
const NEXT: Record<Lifecycle, readonly Lifecycle[]> = {
  idle: ['active', 'stopped'],
  active: ['finished', 'stopped', 'failed'],
  finished: [],
  stopped: [],
  failed: [],
};

/** The two halves of `start()`: no reader gets anything before the second. */
interface Halves {
  /** The half that can fail. */
  readonly prepare: (channel: Channel) => Promise<void>;
  readonly run: (channel: Channel) => Promise<void>;
}

let halves: Halves;
let followReadingOf: (channel: Channel) => EpochReadings | undefined;

/**
 * The halves of `start()`, for groups: a group can give up after the first without showing an end of the data to the
 * readers of channels that could be started.
 */
export function startInHalves(): Halves {
  return halves;
}

/**
 * Looks from now on how much of each epoch of a channel is read: to be called before `start()`. `undefined` if it has no
 * FIFOs.
 */
export function followReading(channel: Channel): EpochReadings | undefined {
  return followReadingOf(channel);
}

const Emitter = EventEmitter as unknown as new () => ChannelEmitter<ChannelEvents>;

/**
 * One input channel: streams its source into one FIFO after the other, `<dest>/<name>_0`, `<dest>/<name>_1` …,
 * an epoch each; or, in File mode, writes it into the directory `<dest>/<name>` once. Made by {@link createChannel}.
 *
 * It is an `EventEmitter`; {@link ChannelEvents} says what listeners are given:
 *
 * | Event | When |
 * | --- | --- |
 * | {@link ChannelEvents.epochStart | epochStart} | A reader has opened an epoch's FIFO. |
 * | {@link ChannelEvents.object | object} | An object has been written to its end. |
 * | {@link ChannelEvents.epochEnd | epochEnd} | An epoch is over. |
 * | {@link ChannelEvents.stop | stop} | The channel was stopped, and nothing of it is left. |
 * | {@link ChannelEvents.error | error} | The channel has failed. Its reader waits until `stop()`. |
 *
 * What always holds:
 * - The reader of a FIFO sees its end only after the last byte of a complete epoch, or because the channel was
 *   stopped. When the channel fails, the reader is kept waiting until `stop()`.
 * - The next epoch's FIFO is there before this one's first byte, and this one's name is removed when a reader has opened
 *   it: nobody who has read anything can open that epoch again.
 * - Events come in the order `epochStart`, `object` …, `epochEnd`, epoch after epoch, and after `stop` or
 *   `error` none. A listener that throws causes an uncaught exception; it does not disturb the channel.
 * - In File mode the directory is there with all of its files, or not at all. It counts as epoch 0, and files may be
 *   completed in any order.
 */
export class Channel extends Emitter implements AsyncDisposable {
  /** The channel's name. */
  readonly name: string;
  /** The directory of the FIFOs, or of the channel's directory, as an absolute path. */
  readonly dest: string;
  readonly #options: ResolvedOptions;
  readonly #delivery: Delivery;
  readonly #completion = new Completion();
  /** Aborted by `stop()`, disposal or the caller's signal, with the reason. */
  readonly #stopping = new AbortController();
  /** Aborted with what the channel fails with, because it has waited too long. */
  readonly #failing = new AbortController();
  /** What the delivery heeds. */
  readonly #ending = AbortSignal.any([this.#stopping.signal, this.#failing.signal]);
  readonly #patience: Patience;
  readonly #made = markHere();
  #state: Lifecycle = 'idle';
  #threads: ThreadLease | undefined;
  #unclaim: (() => void) | undefined;
  #unwatchSignal: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #starting: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** What the signal ended it with. */
  #aborted: PipeModeError | undefined;

  static {
    halves = { prepare: (channel) => channel.#prepare(), run: (channel) => channel.#run() };
    followReadingOf = (channel) => channel.#delivery.followReading?.();
  }

  /** @internal */
  constructor(options: ChannelOptions) {
    super();
    this.#options = resolveOptions(options);
    this.name = this.#options.name;
    this.dest = this.#options.dest;
    this.#delivery = makeDelivery(this.#options, {
      epochStart: (event) => {
        this.#patience.watch();
        this.#report('epochStart', event);
      },
      object: (event) => this.#report('object', event),
      epochEnd: (event) => this.#report('epochEnd', event),
    });
    this.#patience = new Patience(this.#options, () => this.#delivery.progress, this.#waitedTooLong);
    const { signal } = this.#options;
    if (signal) this.#unwatchSignal = onAbort(signal, this.#abort);
    if (signal?.aborted) queueMicrotask(this.#abort); // when its maker has it, and listens
  }

  /** What the channel is doing. */
  get state(): ChannelState {
    return this.#state === 'active' ? this.#delivery.progress.phase : this.#state;
  }

  /**
   * Makes the first FIFO, after a look at whether there is anything to stream. Resolves when the FIFO is there;
   * streaming goes on by itself from then on, as readers come. In File mode it resolves when all files are there,
   * and the channel is `finished` then.
   *
   * @throws {@link PipeModeError} `CHANNEL_IN_USE`, `CHANNEL_NAME_CLASH`, `INVALID_STATE` if it was started or
   * stopped before, `ABORTED`, what
   * `FifoSink.create()` throws, and what the source finds wrong: `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`,
   * `SOURCE_EMPTY`, `S3_NO_SUCH_BUCKET` … In File mode also whatever fails later in Pipe mode, and `UNSAFE_KEY`,
   * `KEY_COLLISION` and `DEST_OCCUPIED`.
   */
  async start(): Promise<void> {
    await this.#prepare();
    await this.#run();
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
  [asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when the last epoch has been written to its end or its reader has left, or when the channel was
   * stopped, and nothing is left of it.
   *
   * @throws {@link PipeModeError} what the channel failed with; `ABORTED` if its signal was aborted; `INVALID_STATE` if
   * the event loop would end, and the channel was not started.
   */
  finished(): Promise<void> {
    const end = this.#completion.wait();
    if (this.#state !== 'idle' || this.#stopped) return end;
    return unlessNeverStarted(end, `Channel "${this.name}"`, this.#made, () => this.#state === 'idle');
  }

  /** What the channel is doing, and what it has done so far. Cheap: made for being asked often. */
  stats(): ChannelStats {
    const {
      phase: _,
      since: __,
      lastKey: ___,
      openKey: ____,
      movement: _____,
      waitingFor,
      ...progress
    } = this.#delivery.progress;
    const waiting =
      this.#state === 'active'
        ? { waitingFor, waitingMs: this.#patience.waitedMs }
        : { waitingFor: 'nobody' as const, waitingMs: 0 };
    return { state: this.state, ...waiting, ...progress };
  }

  #prepare(): Promise<void> {
    if (this.#options.signal?.aborted) this.#abort();
    if (this.#aborted) return Promise.reject(this.#aborted);
    if (this.#state !== 'idle' || this.#stopped) return Promise.reject(this.#invalidStart());
    this.#move('active');
    return (this.#starting = this.#prepareDelivery());
  }

  async #prepareDelivery(): Promise<void> {
    const { inputMode } = this.#options;
    const signal = this.#ending;
    try {
      this.#unclaim = claimName(this.#asOpen(), inputMode);
      this.#threads = leaseThreads();
      this.#patience.watch();
      await this.#delivery.check(signal);
      await this.#delivery.prepare(signal);
      this.#patience.rest(); // a group may wait for its other channels
      if (this.#delivery.deliversAhead) await this.#close();
      signal.throwIfAborted();
    } catch (error) {
      if (this.#stopping.signal.aborted) throw this.#stopping.signal.reason; // stop() does the rest
      this.#patience.end();
      const failure = withContext(error, this.name);
      void this.#completion.wait().catch(() => undefined); // whoever called start() hears of it
      await this.#delivery.close().catch(() => undefined); // what came first is what is reported
      await this.#release().catch(() => undefined);
      await this.#fail(failure);
      throw failure;
    }
  }

  /** Resolves when `start()` may. */
  async #run(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#running = this.#runDelivery();
    if (this.#delivery.deliversAhead) await this.#running;
  }

  async #runDelivery(): Promise<void> {
    const signal = this.#ending;
    try {
      const running = this.#delivery.run(signal);
      if (!this.#delivery.deliversAhead) this.#patience.watch();
      await running;
      this.#patience.end();
      if (!this.#delivery.deliversAhead) await this.#release(); // what stays keeps its name, and its signal
      signal.throwIfAborted();
      this.#finish();
    } catch (error) {
      if (this.#stopping.signal.aborted) return; // stop() does the rest
      await this.#fail(withContext(error, this.name, this.#delivery.progress.epoch));
    }
  }

  /** The channel has failed. Its FIFOs stay as they are, so that no reader takes this for the end of the data. */
  async #fail(error: PipeModeError): Promise<void> {
    debug('%s: failed: %s', this.name, error.message);
    this.#patience.end();
    await settleWithin([this.#close().catch(() => undefined)]); // what came first is what is reported
    this.#move('failed');
    this.#completion.fail(error);
    if (this.listenerCount('error') > 0) this.#report('error', error);
    else this.#completion.throwUnlessWatched(error);
  }

  readonly #abort = (): void => {
    if (this.#stopped) return;
    const cause: unknown = this.#options.signal?.reason;
    const { name } = this;
    const isWaiting = this.#state === 'active';
    const stats = this.stats();
    const wait = isWaiting
      ? `: ${this.#describeWait()}`
      : this.#state === 'idle'
        ? ' before it was started.'
        : '.';
    const message = `Channel "${name}" was stopped, because its signal was aborted${wait}`;
    const reason = new PipeModeError('ABORTED', message, {
      channel: name,
      ...(isWaiting && { path: stats.path, epoch: stats.epoch }),
      stats,
      cause,
    });
    this.#aborted = reason;
    this.#stopped = this.#stop(reason, () => this.#completion.fail(reason));
    this.#stopped.catch(() => undefined); // whoever calls stop() hears of it
  };

  /** Goes on past whatever cannot be closed, tells how it ended when nothing is left, and then rejects with that. */
  async #stop(reason: PipeModeError, settle: () => void): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (step: Promise<void>) => step.catch((error: unknown) => failures.push(error));
    this.#patience.end();
    this.#stopping.abort(reason);
    await this.#starting?.catch(() => undefined);
    await attempt(this.#delivery.close());
    await this.#running;
    const hasEnded = NEXT[this.#state].length === 0;
    // How a channel ended that has ended was told when it did, and so was what its source failed to close with.
    await (hasEnded ? this.#release().catch(() => undefined) : attempt(this.#release()));
    if (!hasEnded) {
      this.#move('stopped');
      this.#report('stop');
      settle();
    }
    if (failures.length > 0) throw withContext(failures[0], this.name);
  }

  readonly #waitedTooLong = (code: PatienceEnd): void => {
    const stats = this.stats();
    const { epoch, path } = stats;
    const { openTimeoutMs, stallTimeoutMs } = this.#options;
    const option =
      code === 'READER_TIMEOUT' ? `openTimeoutMs: ${openTimeoutMs}` : `stallTimeoutMs: ${stallTimeoutMs}`;
    const key = code === 'SOURCE_STALLED' ? this.#delivery.progress.openKey : undefined;
    const message = `Channel "${this.name}", epoch ${epoch}, gave up (${option}): ${this.#describeWait()}`;
    this.#failing.abort(new PipeModeError(code, message, { channel: this.name, key, epoch, path, stats }));
  };

  #asOpen(): OpenChannel {
    const { name, dest } = this;
    const made = this.#made;
    const stateNow = () => this.state;
    return {
      name,
      dest,
      get state() {
        return stateNow();
      },
      get madeAt() {
        return callersOf(made);
      },
      stop: () => this.stop(),
    };
  }

  #describeWait(): string {
    return describeWait(this.#delivery.progress, this.#patience.waitedMs);
  }

  #finish(): void {
    this.#move('finished');
    this.#completion.succeed();
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
      await temporaryFilesClosed();
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

  #move(to: Lifecycle): void {
    if (!NEXT[this.#state].includes(to)) throw new Error(`A channel cannot go from ${this.#state} to ${to}`);
    const before = this.state;
    this.#state = to;
    debug('%s: epoch %d: %s → %s', this.name, this.#delivery.progress.epoch, before, this.state);
  }

  /** Events only report: what a listener throws is the host's to hear about, not the channel's. */
  #report<E extends keyof ChannelEvents>(event: E, ...args: Parameters<ChannelEvents[E]>): void {
    try {
      (this as NodeJS.EventEmitter).emit(event, ...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** What `console.log` shows. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { name, dest } = this;
    return `Channel ${inspect({ name, dest, ...this.stats() }, options)}`;
  }

  #invalidStart(): PipeModeError {
    const state = this.#stopped ? 'stopped' : this.state;
    return new PipeModeError(
      'INVALID_STATE',
      `Channel "${this.name}" cannot be started: it is ${state}. A channel starts once; make another one.`,
      { channel: this.name },
    );
  }
}
