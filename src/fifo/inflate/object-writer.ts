// Runs in the threads that inflate: nothing here may wait for a reader.
import { PipeModeError } from '../../errors.js';
import { EAGAIN, EPIPE, type Libc, systemError } from '../../native/libc.js';
import { recordParts } from '../../recordio/framing.js';
import type { InflatedReader } from '../../transform/inflate/inflated-reader.js';
import type { BlockPool } from './block-pool.js';
import { SpillFile } from './spill-file.js';

/**
 * Where an object stands after a step: it can go on, the pipe is full, it waits for its turn or for memory, all of it
 * is written, or the reader has left.
 */
export type Progress = 'more' | 'full' | 'waiting' | 'done' | 'closed';

export interface ObjectTarget {
  readonly libc: Libc;
  /** The pipe's descriptor. */
  readonly fd: number;
  readonly taken: Float64Array;
  readonly recordio: boolean;
  readonly tmpdir: string;
}

interface Block {
  readonly buffer: Uint8Array;
  start: number;
  readonly end: number;
}

/** As much as is written before other channels have their turn. */
const STEP_BYTES = 4 * 1024 * 1024;

/**
 * Inflates one object, and writes it when its turn has come. What cannot be written yet is held in blocks, as far as
 * memory allows. A record begins with its length: what memory has no room for goes to a file when its turn has come.
 */
export class ObjectWriter {
  readonly #target: ObjectTarget;
  readonly #reader: InflatedReader;
  readonly #pool: BlockPool;
  readonly #blocks: Block[] = [];
  readonly #output: Iterator<Uint8Array | undefined, void>;
  #file: SpillFile | undefined;
  /** What goes to the file and comes from it passes through this. */
  #passage: Uint8Array | undefined;
  #inflated = 0;
  #isInflated = false;
  #failure: { readonly error: unknown } | undefined;
  /** What is being written. */
  #chunk: Uint8Array | undefined;
  #written = 0;

  constructor(target: ObjectTarget, reader: InflatedReader, pool: BlockPool) {
    this.#target = target;
    this.#reader = reader;
    this.#pool = pool;
    this.#output = target.recordio ? this.#record() : this.#raw();
  }

  /** How many blocks are inflated and wait to be written. */
  get backlog(): number {
    return this.#blocks.length;
  }

  /** Whether the pipe had taken everything that was inflated, when it was written to last. */
  isDrained = false;

  /** How many bytes the pipe has taken of it. */
  get written(): number {
    return this.#written;
  }

  /**
   * Writes if it may, and inflates if there is memory and a reason to. An error comes when all before it has been written.
   *
   * @param enough - as many blocks are inflated ahead
   * @throws what is wrong with the object, or with the pipe.
   */
  step(isTurn: boolean, mayHaveRoom: boolean, enough: number): Progress {
    let progress: Progress = isTurn && !mayHaveRoom ? 'full' : 'waiting';
    if (isTurn && mayHaveRoom) progress = this.#write();
    this.isDrained = isTurn && progress === 'waiting';
    if (progress === 'done' || progress === 'closed' || progress === 'more') return progress;
    if (this.#isInflated || this.#isFarAhead(enough)) return progress;
    return this.#inflate(isTurn) ? 'more' : progress;
  }

  /** Lets go of everything but the reader. */
  close(): void {
    for (const { buffer } of this.#blocks.splice(0)) this.#pool.give(buffer);
    if (this.#passage) this.#pool.give(this.#passage);
    this.#file?.close();
    this.#file = this.#passage = undefined;
  }

  /** A record cannot be: it is written when it is complete. */
  #isFarAhead(enough: number): boolean {
    return !this.#target.recordio && this.backlog >= enough;
  }

  #write(): Progress {
    const { libc, fd, taken } = this.#target;
    for (let moved = 0; moved < STEP_BYTES;) {
      if (!this.#chunk) {
        const { done, value } = this.#output.next();
        if (done && this.#failure) throw this.#failure.error;
        if (done) return 'done';
        if (!value) return 'waiting';
        this.#chunk = value;
      }
      const written = libc.write(fd, this.#chunk, this.#chunk.length);
      if (written === -EAGAIN) return 'full';
      if (written === -EPIPE) return 'closed';
      if (written < 0) throw writeFailed(written);
      taken[0]! += written;
      this.#written += written;
      moved += written;
      this.#chunk = written < this.#chunk.length ? this.#chunk.subarray(written) : undefined;
    }
    return 'more';
  }

  /** Inflates a block if there is memory for it; says whether it has. */
  #inflate(isTurn: boolean): boolean {
    try {
      if (this.#file) {
        this.#inflateIntoFile(this.#file);
        return true;
      }
      const mustGoOn = isTurn && this.#blocks.length === 0;
      const buffer = mustGoOn ? this.#pool.take() : this.#pool.tryTake();
      if (buffer) this.#inflateInto(buffer);
      else if (isTurn && this.#target.recordio) this.#beginFile();
      else return false;
    } catch (error) {
      this.#failure = { error };
      this.#isInflated = true;
    }
    return true;
  }

  #inflateInto(buffer: Uint8Array): void {
    let length = 0;
    try {
      length = this.#read(buffer);
    } finally {
      if (length > 0) this.#blocks.push({ buffer, start: 0, end: length });
      else this.#pool.give(buffer);
    }
  }

  /** The last block goes to the file: what comes behind it uses its memory. */
  #beginFile(): void {
    this.#file = new SpillFile(this.#target.tmpdir);
    const { buffer, end } = this.#blocks.pop()!;
    this.#passage = buffer;
    this.#file.append(buffer.subarray(0, end));
  }

  #inflateIntoFile(file: SpillFile): void {
    const length = this.#read(this.#passage!);
    file.append(this.#passage!.subarray(0, length));
  }

  #read(buffer: Uint8Array): number {
    const length = this.#reader.read(buffer);
    this.#inflated += length;
    this.#isInflated = length < buffer.length;
    return length;
  }

  /** Blocks as they come; nothing while there is none. */
  *#raw(): Generator<Uint8Array | undefined, void> {
    for (;;) {
      if (this.#blocks.length > 0) yield* this.#payload(this.#blocks[0]!.end);
      else if (this.#isInflated) return;
      else yield undefined;
    }
  }

  *#record(): Generator<Uint8Array | undefined, void> {
    while (!this.#isInflated) yield undefined;
    if (this.#failure) return;
    for (const { header, length, padding } of recordParts(this.#inflated)) {
      yield header;
      yield* this.#payload(length);
      if (padding.length > 0) yield padding;
    }
  }

  /** The next bytes that were inflated: those in memory, and then those in the file. */
  *#payload(length: number): Generator<Uint8Array, void> {
    let left = length;
    while (left > 0 && this.#blocks.length > 0) {
      const block = this.#blocks[0]!;
      const end = Math.min(block.end, block.start + left);
      yield block.buffer.subarray(block.start, end);
      left -= end - block.start;
      block.start = end;
      if (end < block.end) continue;
      this.#blocks.shift();
      this.#pool.give(block.buffer);
    }
    while (left > 0) left -= yield* this.#fromFile(left);
  }

  #position = 0;

  *#fromFile(most: number): Generator<Uint8Array, number> {
    const buffer = this.#passage!;
    const length = this.#file!.read(buffer.subarray(0, Math.min(most, buffer.length)), this.#position);
    if (length === 0) throw new Error('the temporary file is shorter than what was written to it');
    this.#position += length;
    yield buffer.subarray(0, length);
    return length;
  }
}

function writeFailed(result: number): PipeModeError {
  const cause = systemError(result, 'write', 'the FIFO');
  return new PipeModeError('WRITE_FAILED', `Writing to the FIFO failed: ${cause.message}.`, { cause });
}
