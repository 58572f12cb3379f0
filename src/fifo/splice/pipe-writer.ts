// Runs in the thread that writes into pipes: nothing here waits for a reader.
import { isBytes } from '../../options/checks.js';
import type { PipeState } from '../room-watch.js';
import type { Feed } from './feed.js';
import type { FileAccess } from './file-access.js';
import { LongRange } from './long-range.js';
import { PendingChecks } from './pending-checks.js';
import type { PipeOutput, Refusal } from './pipe-output.js';

/** Where a pipe stands after a step. */
export type Progress = Exclude<PipeState, 'ready'>;

/** As much as is moved before other pipes have their turn, in bytes and in milliseconds. */
const STEP_BYTES = 8 * 1024 * 1024;
const STEP_MS = 4;

/** Fewer bytes than that are copied: it costs no more than to splice them. */
const SPLICE_FROM_BYTES = 16 * 1024;

/** How a pipe writer reaches files and the pipe. */
export interface PipeWriterInput {
  readonly files: FileAccess;
  readonly output: PipeOutput;
  /** `[0]` is how many bytes the pipe has taken. */
  readonly taken: Float64Array;
  /** `[0]` is 1 while files are listed or read. */
  readonly reading: Uint8Array;
  /** Used in turns: the pipe may still have to take the one while the other is filled. */
  readonly stages: readonly [Uint8Array, Uint8Array];
}

/**
 * Writes feeds into a pipe, one after the other: long ranges of files by `splice`, without copying them; everything else
 * gathered into few writes.
 *
 * Bytes are spliced only if at least as many as the pipe can hold are queued behind them. So when everything that is
 * queued has been written, the reader has taken all that was spliced, and nothing that the pipe still holds can change:
 * neither the end of an epoch nor a source that is slow to list needs to be waited for. Whether the reader really has is
 * looked up all the same: it may have enlarged the pipe.
 */
export class PipeWriter {
  readonly #files: FileAccess;
  readonly #output: PipeOutput;
  readonly #taken: Float64Array;
  readonly #reading: Uint8Array;
  readonly #stages: readonly [Uint8Array, Uint8Array];
  readonly #checks: PendingChecks;
  readonly #feeds: Feed[] = [];
  /** Which stage is filled next. */
  #turn: 0 | 1 = 0;
  /** What of a stage the pipe has not accepted. */
  #block: Uint8Array | undefined;
  #file: LongRange | undefined;
  #onSettled: (() => void) | undefined;

  constructor({ files, output, taken, reading, stages }: PipeWriterInput) {
    this.#files = files;
    this.#output = output;
    this.#taken = taken;
    this.#reading = reading;
    this.#stages = stages;
    this.#checks = new PendingChecks(files);
  }

  /** Whether the pipe has not yet taken everything of the stages that was accepted. */
  get isBusy(): boolean {
    return this.#output.isBusy;
  }

  /** Queues something to be written. */
  add(feed: Feed): void {
    this.#feeds.push(feed);
  }

  /** Asks to be told when everything is written, and none of it can change any more. */
  settle(onSettled: () => void): void {
    this.#onSettled = onSettled;
  }

  /** Moves what the pipe has room for, within the bounds of a step. */
  step(): Progress {
    this.#checkRead();
    const until = performance.now() + STEP_MS;
    for (let moved = 0; moved < STEP_BYTES;) {
      const result = this.#moveSome();
      if (typeof result === 'string') return result;
      moved += result;
      if (performance.now() > until) break;
    }
    return 'more';
  }

  /** Has told what the pipe has taken, while it is full. */
  report(): void {
    this.#feeds[0]?.report?.();
  }

  /** Lets go of everything that is open. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#checks.close();
    for (const feed of this.#feeds) feed.close?.();
    this.#output.close();
  }

  #moveSome(): number | Progress {
    if (this.#block) return this.#writeBlock(this.#block);
    if (this.#file) return this.#moveFile(this.#file);
    const [feed] = this.#feeds;
    if (!feed) return this.#settleNow();
    const item = this.#whileReading(() => feed.next(this.#stages[this.#turn]));
    if (item === undefined) return this.#endFeed(feed);
    if (item.length === 0) return 0;
    if (isBytes(item)) this.#block = item;
    else this.#file = new LongRange(item, this.#files, this.#taken);
    return 0;
  }

  /** A disk that does not answer holds the thread: the main thread can see that it is not the reader. */
  #whileReading<T>(read: () => T): T {
    this.#reading[0] = 1;
    const result = read();
    this.#reading[0] = 0;
    return result;
  }

  #writeBlock(block: Uint8Array): number | Progress {
    const written = this.#output.write(block);
    if (typeof written === 'string') return written;
    if (written < block.length) {
      this.#block = block.subarray(written);
      return written;
    }
    this.#block = undefined;
    this.#turn = this.#turn === 0 ? 1 : 0;
    return written;
  }

  #endFeed(feed: Feed): Refusal | 0 {
    const refusal = this.#output.flush();
    if (refusal) return refusal;
    this.#feeds.shift();
    feed.onEnd();
    return 0;
  }

  #settleNow(): Refusal | 'idle' | 'unread' {
    const refusal = this.#output.flush();
    if (refusal) return refusal;
    this.#checkRead();
    if (!this.#onSettled) return 'idle';
    if (!this.#checks.isEmpty) return 'unread';
    this.#onSettled();
    this.#onSettled = undefined;
    return 'idle';
  }

  #moveFile(file: LongRange): number | Progress {
    if (file.bytesLeft === 0) {
      this.#finishFile(file);
      return 0;
    }
    const length = this.#spliceable(file);
    if (length === 0) {
      this.#block = this.#whileReading(() => file.read(this.#stages[this.#turn]));
      return 0;
    }
    const moved = file.splice(this.#output.splicing!, length);
    return moved === 'unsupported' ? 0 : moved;
  }

  /** How many bytes of a file may be spliced now: those that have enough behind them. */
  #spliceable(file: LongRange): number {
    const { splicing } = this.#output;
    if (!splicing || !file.maySplice) return 0;
    let behind = file.bytesLeft - splicing.pipeBytes;
    for (const { bytesLeft } of this.#feeds) {
      if (behind >= file.bytesLeft) break;
      behind += bytesLeft;
    }
    const length = Math.min(behind, file.bytesLeft);
    return length >= SPLICE_FROM_BYTES ? length : 0;
  }

  #finishFile(file: LongRange): void {
    this.#file = undefined;
    file.finish(this.#checks);
  }

  /** Checks the spliced files that the reader has taken. */
  #checkRead(): void {
    if (this.#checks.isEmpty) return;
    this.#checks.settle(this.#taken[0]! - this.#output.splicing!.unread());
  }
}
