// Runs in a thread of ours: everything here is synchronous.
import { PartsReader } from '../../body/parts-reader.js';
import type { PackedParts } from '../../body/packed-parts.js';
import type { Task } from '../../workers/task.js';
import { GzipDecoder } from './gzip-decoder.js';
import { InflatedReader } from './inflated-reader.js';

/** Input for an object whose compressed bytes come from the main thread; `undefined` asks to go on. */
export interface InflateInput {
  readonly chunk: Uint8Array;
  readonly last: boolean;
}

/** What a step inflated, and whether it needs more input. */
export interface InflateOutput {
  readonly chunk: Uint8Array;
  readonly needsInput: boolean;
}

/** As much as a step hands over. */
const STEP_BYTES = 256 * 1024;

/** What all objects of the thread are inflated into, and copied from: what is handed over owns its memory. */
let room: Buffer | undefined;

/** Readers that objects have left, for the next ones. */
const idle: InflatedReader[] = [];
const IDLE_READERS = 4;

/** Inflates one object from files that it reads itself, a step at a time. */
class FileInflater implements Task<InflateOutput> {
  readonly #reader = idle.pop() ?? new InflatedReader();

  constructor(parts: PackedParts) {
    this.#reader.open(new PartsReader({ parts }));
  }

  next(): IteratorResult<InflateOutput, undefined> {
    room ??= Buffer.allocUnsafeSlow(STEP_BYTES);
    const length = this.#reader.read(room);
    if (length === 0) return this.return();
    return { done: false, value: { chunk: copyOf(room, length), needsInput: false } };
  }

  return(): IteratorResult<never, undefined> {
    this.#reader.close();
    if (idle.length < IDLE_READERS) idle.push(this.#reader);
    else this.#reader.end();
    return { done: true, value: undefined };
  }
}

/** Inflates one object from chunks that it is given. */
class ChunkInflater implements Task<InflateOutput, InflateInput | undefined> {
  readonly #decoder = new GzipDecoder();
  #input: Uint8Array = new Uint8Array(0);
  #isLast = false;

  next(input: InflateInput | undefined): IteratorResult<InflateOutput, undefined> {
    room ??= Buffer.allocUnsafeSlow(STEP_BYTES);
    if (input) {
      this.#input = input.chunk;
      this.#isLast = input.last;
    }
    if (this.#decoder.isDone) return this.return();
    this.#decoder.decode(this.#input, room, this.#isLast);
    const { consumed, produced } = this.#decoder;
    this.#input = this.#input.subarray(consumed);
    return { done: false, value: { chunk: copyOf(room, produced), needsInput: produced < room.length } };
  }

  return(): IteratorResult<never, undefined> {
    this.#decoder.close();
    return { done: true, value: undefined };
  }
}

/** The task that inflates one object: the parts that it reads, or the chunks that it is given if there are none. */
export function inflater({
  parts,
}: {
  parts?: PackedParts | undefined;
}): Task<InflateOutput, InflateInput | undefined> {
  return parts ? new FileInflater(parts) : new ChunkInflater();
}

function copyOf(inflated: Buffer, length: number): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(length);
  inflated.copy(copy, 0, 0, length);
  return copy;
}
