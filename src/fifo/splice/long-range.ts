// Runs in the thread that writes into pipes.
import type { FileRange } from '../../body/body.js';
import {
  checkUnchanged,
  closeLongRange,
  cutOff,
  type FileAccess,
  openLongRange,
  readFully,
} from './file-access.js';
import { PendingChecks } from './pending-checks.js';
import type { Refusal, Splicing } from './pipe-output.js';

/** A long range of a file on its way into a pipe, spliced and copied by turns. */
export class LongRange {
  readonly #range: FileRange;
  readonly #files: FileAccess;
  readonly #taken: Float64Array;
  readonly #fd: number;
  readonly #end: number;
  readonly #offset: BigInt64Array;
  /** Where its last spliced byte is in the pipe; `undefined` if all was copied. */
  #splicedEnd: number | undefined;
  #canSplice = true;

  /** Opens the file, and finds out early whether it is the one that was listed. */
  constructor(range: FileRange, files: FileAccess, taken: Float64Array) {
    this.#range = range;
    this.#files = files;
    this.#taken = taken;
    this.#fd = openLongRange(range);
    this.#end = range.offset + range.length;
    this.#offset = new BigInt64Array([BigInt(range.offset)]);
    try {
      checkUnchanged(files, range, this.#fd);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** How many bytes have not been moved. */
  get bytesLeft(): number {
    return this.#end - this.#position;
  }

  /** Whether its pages may be moved into a pipe, to be checked later. */
  get maySplice(): boolean {
    if (!this.#canSplice) return false;
    return this.#splicedEnd !== undefined || !PendingChecks.areTooMany;
  }

  /** Moves pages into the pipe. */
  splice(splicing: Splicing, length: number): number | Refusal | 'unsupported' {
    const moved = splicing.splice(this.#fd, this.#offset, length, this.#range.path);
    if (moved === 0) throw cutOff(this.#files, this.#range, this.#fd);
    if (moved === 'unsupported') this.#canSplice = false;
    if (typeof moved === 'number') this.#splicedEnd = this.#taken[0]!;
    return moved;
  }

  /** Reads what comes next into memory. What was read is of the file that was listed. */
  read(stage: Uint8Array): Uint8Array {
    const target = stage.subarray(0, Math.min(this.bytesLeft, stage.length));
    readFully(this.#files, this.#range, { fd: this.#fd, target, offset: this.#position });
    checkUnchanged(this.#files, this.#range, this.#fd);
    this.#offset[0]! += BigInt(target.length);
    return target;
  }

  /** Has the file checked when the reader has taken what was spliced. */
  finish(checks: PendingChecks): void {
    if (this.#splicedEnd === undefined || this.#range.fd !== undefined) this.close();
    else checks.add({ range: this.#range, fd: this.#fd, end: this.#splicedEnd });
  }

  /** Lets go of the file, unchecked. */
  close(): void {
    closeLongRange(this.#range, this.#fd);
  }

  get #position(): number {
    return Number(this.#offset[0]);
  }
}
