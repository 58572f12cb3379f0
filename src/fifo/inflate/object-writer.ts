// Runs in the threads that inflate: nothing here may wait for a reader.
import { recordParts } from '../../recordio/framing.js';
import type { InflatedReader } from '../../transform/inflate/inflated-reader.js';
import type { BlockPool } from './block-pool.js';
import type { Outbox } from './outbox.js';
import { SpillFile } from './spill-file.js';
import { type PipeTarget, writeNow } from './write-now.js';

/**
 * Where an object stands after a step: it can go on, the pipe is full, it waits for its turn or for memory, all of it
 * is written, or the reader has left.
 */
export type Progress = 'more' | 'full' | 'waiting' | 'done' | 'closed';

export interface ObjectTarget extends PipeTarget {
  readonly recordio: boolean;
  readonly tmpdir: string;
  /** For whoever writes instead, if there is somebody. */
  readonly outbox: Outbox;
}

interface Block {
  readonly buffer: Uint8Array;
  start: number;
  readonly end: number;
}

/** As much as is written before other channels have their turn. */
export const STEP_BYTES = 4 * 1024 * 1024;

/**
 * Inflates one object, and writes it when its turn has come. What cannot be written yet is held in blocks, as far as
 * memory allows. A record begins with its length: what memory has no room for goes to a file when its turn has come.
 */
export class ObjectWriter {
  readonly #target: ObjectTarget;
  readonly #reader: InflatedReader;
  readonly #pool: BlockPool;
  readonly #blocks: Block[] = [];
  readonly #record = this.#records();
  #file: SpillFile | undefined;
  /** What goes to the file and comes from it passes through this. */
  #passage: Uint8Array | undefined;
  #inflated = 0;
  #isInflated = false;
  #failure: { readonly error: unknown } | undefined;
  /** What is being written. */
  #chunk: Uint8Array | undefined;
  #written = 0;
  #isDrained = false;

  constructor(target: ObjectTarget, reader: InflatedReader, pool: BlockPool) {
    this.#target = target;
    this.#reader = reader;
    this.#pool = pool;
  }

  /** How many blocks are inflated and wait to be written, here or by another thread. */
  backlog(isTurn: boolean): number {
    return this.#blocks.length + (isTurn ? this.#target.outbox.waiting : 0);
  }

  /** Whether the pipe had taken everything that was inflated before, when this object was looked at last. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** How many bytes the pipe has taken of it, or another thread has to write. */
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
    this.#isDrained = false;
    if (isTurn && mayHaveRoom) progress = this.#write();
    if (progress === 'done' || progress === 'closed' || progress === 'more') return progress;
    if (this.#isInflated || this.#isFarAhead(isTurn, enough)) return progress;
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
  #isFarAhead(isTurn: boolean, enough: number): boolean {
    return !this.#target.recordio && this.backlog(isTurn) >= enough;
  }

  #write(): Progress {
    const { outbox, recordio } = this.#target;
    if (recordio) return this.#writeRecord();
    return outbox.hasWriter ? this.#handOver(outbox) : this.#writeBlocks();
  }

  #writeRecord(): Progress {
    for (let moved = 0; moved < STEP_BYTES;) {
      if (!this.#chunk) {
        const { done, value } = this.#record.next();
        if (done) return this.#atEnd();
        if (!value) return 'waiting';
        this.#chunk = value;
      }
      const written = this.#writeSome(this.#chunk);
      if (typeof written === 'string') return written;
      moved += written;
      this.#chunk = written < this.#chunk.length ? this.#chunk.subarray(written) : undefined;
    }
    return 'more';
  }

  #writeBlocks(): Progress {
    for (let moved = 0; moved < STEP_BYTES;) {
      const block = this.#blocks[0];
      if (!block) {
        this.#isDrained = true;
        return this.#atEnd();
      }
      const written = this.#writeSome(block.buffer.subarray(block.start, block.end));
      if (typeof written === 'string') return written;
      moved += written;
      block.start += written;
      if (block.start === block.end) this.#giveFirst();
    }
    return 'more';
  }

  /** Lets another thread write. */
  #handOver(outbox: Outbox): Progress {
    this.#isDrained = outbox.waiting === 0;
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      const length = block.end - block.start;
      if (!outbox.put({ offset: block.buffer.byteOffset + block.start, length })) return 'waiting';
      this.#written += length;
      this.#blocks.shift(); // who has written it gives it back
    }
    return outbox.waiting > 0 ? 'waiting' : this.#atEnd();
  }

  #atEnd(): 'waiting' | 'done' {
    if (!this.#isInflated) return 'waiting';
    if (this.#failure) throw this.#failure.error;
    return 'done';
  }

  #writeSome(bytes: Uint8Array): number | 'full' | 'closed' {
    const written = writeNow(this.#target, bytes);
    if (typeof written === 'number') this.#written += written;
    return written;
  }

  #giveFirst(): void {
    this.#pool.give(this.#blocks.shift()!.buffer);
  }

  /** Inflates a block if there is memory for it; says whether it has. */
  #inflate(isTurn: boolean): boolean {
    try {
      if (this.#file) {
        this.#inflateIntoFile(this.#file);
        return true;
      }
      const mustGoOn = isTurn && this.backlog(isTurn) === 0;
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

  *#records(): Generator<Uint8Array | undefined, void> {
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
      this.#giveFirst();
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
