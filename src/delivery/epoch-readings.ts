import type { FifoSink } from '../fifo/fifo-sink.js';
import { UnreadMeter } from '../fifo/unread-meter.js';
import type { Libc } from '../native/libc.js';
import type { EpochOutcome } from './events.js';

/** How many epochs are remembered, the last ones. */
const MOST_EPOCHS = 1000;
/** Of how many epochs that are over something may be unread yet, and is looked after. */
const MOST_OPEN = 2;

/** How much of an epoch was read. */
export interface EpochReading {
  readonly epoch: number;
  /** How many bytes the pipe has taken. */
  readonly bytes: number;
  /** Whether that is exact. If not, it has taken some of a larger write, which is not counted. */
  readonly isExact: boolean;
  /** How many bytes in the pipe nobody has read, so far; `undefined` if nobody can tell, because there is no koffi. */
  readonly unread: number | undefined;
  /** How the epoch ended: `complete` if all of it was in the pipe, whether it was read or not. */
  readonly outcome: EpochOutcome | 'streaming';
}

/** What an epoch is written into. */
type Writing = Pick<FifoSink, 'bytesWritten' | 'isExact'>;

interface Entry {
  readonly epoch: number;
  readonly sink: Writing;
  bytes: number;
  isExact: boolean;
  unread: number | undefined;
  outcome: EpochReading['outcome'];
  meter: UnreadMeter | undefined;
}

/**
 * How much of each epoch of a channel was read: more than its events say, which end with the last byte that the pipe has
 * taken. It takes a descriptor for each of the last few epochs.
 */
export class EpochReadings {
  readonly #entries: Entry[] = [];
  #isClosed = false;

  /** A reader has opened an epoch. */
  begin(epoch: number, sink: Writing & Pick<FifoSink, 'descriptor'>, libc: Libc | undefined): void {
    if (this.#isClosed) return;
    const meter = UnreadMeter.of(sink.descriptor!, libc);
    const nothing = { bytes: 0, isExact: true, unread: undefined };
    this.#entries.push({ epoch, sink, ...nothing, outcome: 'streaming', meter });
    if (this.#entries.length > MOST_EPOCHS) settle(this.#entries.shift()!);
  }

  /** The epoch is over: to be called just before its pipe is closed. */
  end(outcome: EpochOutcome): void {
    const entry = this.#entries.at(-1);
    if (entry?.outcome !== 'streaming') return;
    count(entry);
    entry.outcome = outcome;
    const isUnread = outcome === 'complete' && entry.meter !== undefined && entry.meter.unread > 0;
    if (!isUnread || !entry.meter!.letReaderEnd()) settle(entry);
    const open = this.#entries.filter(({ meter }) => meter !== undefined);
    open.slice(0, -MOST_OPEN).forEach(settle);
  }

  /** The epochs that were opened, as they are now. */
  get list(): readonly EpochReading[] {
    return this.#entries.map((entry) => {
      if (entry.meter !== undefined || entry.outcome === 'streaming') count(entry);
      const { epoch, bytes, isExact, unread, outcome } = entry;
      return { epoch, bytes, isExact, unread, outcome };
    });
  }

  /** Lets go of everything. The list stays as it is. */
  close(): void {
    this.#isClosed = true;
    this.#entries.forEach(settle);
  }
}

function count(entry: Entry): void {
  entry.unread = entry.meter?.unread;
  if (entry.outcome !== 'streaming') return;
  entry.bytes = entry.sink.bytesWritten;
  entry.isExact = entry.sink.isExact;
}

/** What is known now stays. */
function settle(entry: Entry): void {
  if (entry.meter === undefined) return;
  count(entry);
  entry.meter.close();
  entry.meter = undefined;
}
