import type { Source } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import type { EpochReadings } from './epoch-readings.js';
import type { EpochEndEvent, EpochStartEvent, ObjectEvent } from './events.js';

/**
 * What a channel delivers: FIFOs, an epoch each, or a directory of files. Its methods are called in this order:
 * `check()`, `prepare()`, `run()`, `close()`; `close()` may be called at any time.
 */
export interface Delivery {
  /** Whether `prepare()` delivers everything, which stays until `close()`. */
  readonly deliversAhead: boolean;
  /** Where the delivery stands. Cheap: made for being asked often. */
  readonly progress: DeliveryProgress;
  /**
   * Looks whether there is anything to deliver.
   *
   * @throws the signal's reason if it is aborted; what is wrong with the source.
   */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Does what can fail before any reader sees a byte. Resolves when readers may come.
   *
   * @throws the signal's reason if it is aborted.
   */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Delivers. Resolves only if everything was delivered.
   *
   * @throws the signal's reason as soon as it is aborted; what went wrong. Either way, readers are held until `close()`.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Takes back what was delivered and nobody has yet, and lets readers go. May be called again. */
  close(): Promise<void>;
  /** Looks from now on how much of each epoch is read: to be called before `run()`. Only FIFOs are read by epochs. */
  followReading?(): EpochReadings;
}

/** What every delivery needs to know. */
export interface DeliveryInput {
  /** The channel's. */
  readonly name: string;
  /** The directory in which FIFOs, or the channel's directory, appear. */
  readonly dest: string;
  readonly source: Source;
  readonly transforms: readonly Transform[];
  /** How much may be held in memory, in bytes. */
  readonly prefetchBytes: number;
  /** The permission bits of FIFOs or files. */
  readonly mode: number;
  readonly observer: DeliveryObserver;
}

/** A delivery at a moment. */
export interface DeliveryProgress {
  /** Whether it waits for a reader to open, or is in the middle of an epoch. */
  readonly phase: 'waiting' | 'streaming';
  /** The epoch that is waited for or streamed, or the last one; counted from 0. */
  readonly epoch: number;
  readonly waitingFor: 'reader' | 'source';
  /** The path of the epoch's FIFO, or of the directory. */
  readonly path: string;
  /** Since when it is in this phase of this epoch, by `performance.now()`. */
  readonly since: number;
  /** The object that was written to its end last, in this epoch. */
  readonly lastKey: string | undefined;
  /** The object that is being written, as far as it is known. */
  readonly openKey: string | undefined;
  /** In all epochs. */
  readonly bytes: number;
  /** Those that were written to their end, in all epochs. */
  readonly objects: number;
  readonly epochBytes: number;
  readonly epochObjects: number;
  /** Another one whenever something has moved that is not counted above: a chunk has come, or the reader has read. */
  readonly movement: string;
}

/** Who is told what a delivery does, as it does it. What it throws is not the delivery's to handle. */
export interface DeliveryObserver {
  epochStart(event: EpochStartEvent): void;
  object(event: ObjectEvent): void;
  epochEnd(event: EpochEndEvent): void;
}
