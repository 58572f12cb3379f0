import { join } from 'node:path';

import { raceAbort } from '../abort/race-abort.js';
import { debugTo } from '../debug.js';
import { FifoSink } from '../fifo/fifo-sink.js';
import { checkInThread, startThreads } from '../fifo/start-threads.js';
import { wantsLibc } from '../fifo/wants-libc.js';
import { SlabPool } from '../flow/slab-pool.js';
import { fifoName } from '../fs/fifo-name.js';
import { type Libc, loadLibc } from '../native/libc.js';
import { noFileBelow } from '../source/file/check-tree.js';
import { isGunzip } from '../transform/gunzip.js';
import { ioThread } from '../workers/threads.js';
import type { Delivery, DeliveryInput, DeliveryProgress } from './delivery.js';
import { EpochReadings } from './epoch-readings.js';
import { EpochWriter } from './epoch-writer.js';
import { filesToWrite } from './files-below-writer.js';
import { holdAtExit } from './hold-at-exit.js';

const debug = debugTo('channel');

/** What the delivery of a channel's epochs needs to know. */
export interface PipeDeliveryInput extends DeliveryInput {
  /** How many, or `Infinity`. */
  readonly epochs: number;
  readonly zeroCopy: boolean | undefined;
}

/** Delivers epoch after epoch, each in a FIFO of its own, `<dest>/<name>_0` and so on. */
export class PipeDelivery implements Delivery {
  readonly deliversAhead = false;
  readonly #input: PipeDeliveryInput;
  readonly #slabs: SlabPool;
  #phase: DeliveryProgress['phase'] = 'waiting';
  #since = performance.now();
  #lastKey: string | undefined;
  #epoch = 0;
  #epochObjects = 0;
  #bytesBefore = 0;
  #objectsBefore = 0;
  #sink: FifoSink | undefined;
  #upcoming: FifoSink | undefined;
  #writer: EpochWriter | undefined;
  /** Settles when the writer has let go of the sink and the source. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Sinks that are not closed, in the order of their epochs. */
  readonly #open = new Set<FifoSink>();
  /** Settles when no FIFO is being made. */
  #creating: Promise<unknown> = Promise.resolve();
  /** Lets the current epoch's reader see the end of the data if the process ends. */
  #endHold: (() => void) | undefined;
  /** Whether readers have been promised anything. */
  #hasRun = false;
  #readings: EpochReadings | undefined;
  #closed: Promise<void> | undefined;

  constructor(input: PipeDeliveryInput) {
    this.#input = input;
    this.#slabs = new SlabPool(input.prefetchBytes);
  }

  get progress(): DeliveryProgress {
    const epochBytes = this.#sink?.bytesWritten ?? 0;
    return {
      phase: this.#phase,
      epoch: this.#epoch,
      waitingFor: !this.#sink || this.#writer?.waitsForSource ? 'source' : 'reader',
      path: this.#pathOf(this.#epoch),
      since: this.#since,
      lastKey: this.#lastKey,
      openKey: this.#writer?.openKey,
      bytes: this.#bytesBefore + epochBytes,
      objects: this.#objectsBefore + this.#epochObjects,
      epochBytes,
      epochObjects: this.#epochObjects,
      movement: `${this.#writer?.chunksArrived ?? 0} ${this.#sink?.readMark ?? 0}`,
    };
  }

  /** Threads start meanwhile. */
  async check(signal: AbortSignal): Promise<void> {
    this.#since = performance.now();
    const { source, transforms, zeroCopy } = this.#input;
    const below = filesToWrite(source, transforms);
    if (source.readsFiles) {
      const areInflated = isGunzip(transforms[0]);
      if (!below && !(areInflated && source.listsHere?.())) ioThread(); // it will list them, or read them
      startThreads({ zeroCopy, areInflated });
    }
    const holdsFile = below && (await checkInThread(zeroCopy, below.root, signal));
    if (holdsFile === false) throw noFileBelow(below!.root);
    if (holdsFile === undefined) await raceAbort(source.check?.({ epoch: 0, signal }), signal);
  }

  async prepare(signal: AbortSignal): Promise<void> {
    this.#sink = await this.#create(0, signal);
    this.#since = performance.now();
    signal.throwIfAborted();
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#hasRun = true;
    this.#since = performance.now(); // readers could not come before
    try {
      for (;;) {
        const isLast = this.#epoch === this.#input.epochs - 1;
        await this.#runEpoch(isLast, signal);
        if (isLast) return;
        this.#advance();
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      this.#slabs.close(); // whoever made the channel may keep it for long
    }
  }

  followReading(): EpochReadings {
    return (this.#readings ??= new EpochReadings());
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #runEpoch(isLast: boolean, signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch;
    const sink = this.#sink!;
    const { path } = sink;
    const { observer } = this.#input;
    // The next FIFO comes before this one's reader: it may close at once, and then looks for the next at once.
    if (!isLast) this.#upcoming = await this.#create(epoch + 1, signal);
    await sink.opened({ signal });
    signal.throwIfAborted(); // it may be closed again
    this.#move('streaming');
    this.#readings?.begin(epoch, sink, this.#libc);
    this.#endHold = holdAtExit({
      fd: sink.descriptor!,
      name: `epoch ${epoch} of channel "${this.#input.name}"`,
    });
    const began = performance.now();
    observer.epochStart({ epoch, path });
    this.#writer = new EpochWriter({
      ...this.#input,
      epoch,
      sink,
      signal,
      slabs: this.#slabs,
      onObject: this.#onObject,
    });
    const writing = this.#writer.write();
    this.#writing = writing;
    const outcome = await raceAbort(writing, signal);
    this.#writer = undefined;
    this.#open.delete(sink);
    this.#endHold();
    this.#readings?.end(outcome);
    await sink.close();
    observer.epochEnd({
      epoch,
      path,
      bytes: sink.bytesWritten,
      objects: this.#epochObjects,
      durationMs: performance.now() - began,
      outcome,
    });
  }

  readonly #onObject = (key: string, bytes: number): void => {
    this.#epochObjects++;
    this.#lastKey = key;
    this.#input.observer.object({ epoch: this.#epoch, key, bytes });
  };

  get #libc(): Libc | undefined {
    return wantsLibc(this.#input.zeroCopy) ? loadLibc() : undefined;
  }

  #advance(): void {
    this.#bytesBefore += this.#sink!.bytesWritten;
    this.#objectsBefore += this.#epochObjects;
    this.#epochObjects = 0;
    this.#lastKey = undefined;
    this.#sink = this.#upcoming;
    this.#upcoming = undefined;
    this.#epoch++;
    this.#move('waiting');
  }

  #move(to: DeliveryProgress['phase']): void {
    debug('%s: epoch %d: %s → %s', this.#input.name, this.#epoch, this.#phase, to);
    this.#phase = to;
    this.#since = performance.now();
  }

  async #create(epoch: number, signal: AbortSignal): Promise<FifoSink> {
    signal.throwIfAborted();
    const { mode, zeroCopy } = this.#input;
    const sink = new FifoSink({ path: this.#pathOf(epoch), mode, zeroCopy });
    this.#open.add(sink);
    const created = sink.create();
    this.#creating = created.catch(() => undefined);
    await created;
    return sink;
  }

  #pathOf(epoch: number): string {
    const { dest, name } = this.#input;
    return join(dest, fifoName(name, epoch));
  }

  /** The last one first: a reader that sees the end of an epoch looks for the next one's FIFO at once. */
  async #close(): Promise<void> {
    this.#endHold?.();
    this.#readings?.close();
    await this.#creating;
    const failures: unknown[] = [];
    for (const sink of [...this.#open].reverse()) {
      // Readers of a channel that was never started as a whole were promised nothing, also not an end.
      await (this.#hasRun ? sink.releaseBlockedReader() : sink.close()).catch((error: unknown) =>
        failures.push(error),
      );
    }
    this.#open.clear();
    await this.#writing.catch(() => undefined); // run() has it
    if (failures.length > 0) throw failures[0];
  }
}
