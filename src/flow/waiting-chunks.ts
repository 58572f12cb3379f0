import type { FileRange, LocalPart } from '../body/body.js';
import { takeLentSlab } from '../body/lent-slab.js';
import type { MemoryBudget } from './memory-budget.js';
import type { SlabPool } from './slab-pool.js';

/** Bytes that wait: a chunk as it came, or the beginning of a slab. */
interface InMemory {
  readonly memory: Uint8Array;
  readonly isSlab: boolean;
  length: number;
}

/** What waits. */
type Entry = InMemory | { readonly range: FileRange; readonly length: number };

/** What has arrived of a body. */
export interface Taken {
  /** The bytes, in order, or ranges of files that stand for them; none after the last. */
  readonly chunks: readonly LocalPart[];
  /** To be called when the bytes are not needed any more: their memory is used again. */
  readonly release: () => void;
}

/** Chunks of at least so many bytes are written from where they are if it is their turn. */
const DIRECT_FROM_BYTES = 16 * 1024;

/** As much waits where it is for a write to come; what comes then waits longer. */
const DIRECT_BYTES = 512 * 1024;

/** Longer chunks are not worth copying. */
const LONGEST_COPIED_BYTES = 4 * 1024 * 1024;

/** As much is handed over at once, so that memory comes back soon. */
const TAKEN_BYTES = 1024 * 1024;

/** Whether chunks of that length are always copied behind each other. */
export function areGathered(length: number): boolean {
  return length < DIRECT_FROM_BYTES;
}

/**
 * The chunks of a body that wait to be written, and what they take of the budget. What waits for long is copied into
 * slabs; what is about to be written, and the only small chunk of a small object, is kept as it is.
 */
export class WaitingChunks {
  readonly #budget: MemoryBudget;
  readonly #slabs: SlabPool;
  #entries: Entry[] = [];
  #bytes = 0;
  /** How many bytes of the last slab are free. */
  #room = 0;

  constructor(budget: MemoryBudget, slabs: SlabPool) {
    this.#budget = budget;
    this.#slabs = slabs;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a chunk would only be copied behind what is there: it would take nothing. */
  hasRoomFor(length: number): boolean {
    return length <= this.#room && areGathered(length);
  }

  /** How much of the budget a chunk would take. */
  needs(length: number, isTurn: boolean): number {
    if (this.#staysWhereItIs(length, isTurn)) return length;
    const { slabBytes } = this.#slabs;
    return Math.max(Math.ceil((length - this.#room) / slabBytes), 0) * slabBytes;
  }

  /** Adds a chunk, whether the budget has room for it or not: it is there already. */
  add(chunk: Uint8Array, isTurn: boolean): void {
    if (chunk.length === 0) return;
    if (this.hasRoomFor(chunk.length)) {
      this.#append(chunk);
      return;
    }
    const slab = chunk.length >= DIRECT_FROM_BYTES ? takeLentSlab(chunk) : undefined;
    if (slab ?? this.#staysWhereItIs(chunk.length, isTurn)) {
      this.#push(slab ?? chunk, slab !== undefined, chunk.length);
      this.#room = slab ? slab.length - chunk.length : 0; // what comes next stands behind it
      this.#bytes += chunk.length;
    } else {
      this.#copy(chunk);
    }
  }

  /** Adds a range of a file, which takes no memory. */
  addRange(range: FileRange): void {
    this.#entries.push({ range, length: range.length });
    this.#bytes += range.length;
    this.#room = 0;
  }

  /** The first of the bytes, in memory that counts until it is released. */
  take(onRelease: () => void): Taken {
    const entries = this.#shift();
    const chunks = entries.map((entry) =>
      'range' in entry ? entry.range : entry.memory.subarray(0, entry.length),
    );
    const release = () => {
      this.#forget(entries);
      onRelease();
    };
    return { chunks, release };
  }

  /** Drops all of them. */
  discard(): void {
    this.#forget(this.#entries);
    this.#entries = [];
    this.#bytes = 0;
    this.#room = 0;
  }

  #staysWhereItIs(length: number, isTurn: boolean): boolean {
    if (length > LONGEST_COPIED_BYTES) return true;
    if (isTurn) return length >= DIRECT_FROM_BYTES && this.#bytes < DIRECT_BYTES;
    return this.#bytes === 0 && 2 * length <= this.#slabs.slabBytes;
  }

  #copy(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      if (this.#room === 0) this.#openSlab();
      const end = Math.min(chunk.length, start + this.#room);
      this.#append(chunk.subarray(start, end));
      start = end;
    }
  }

  /** Copies what has room. */
  #append(bytes: Uint8Array): void {
    const slab = this.#entries[this.#entries.length - 1] as InMemory;
    slab.memory.set(bytes, slab.length);
    slab.length += bytes.length;
    this.#room -= bytes.length;
    this.#bytes += bytes.length;
  }

  #openSlab(): void {
    this.#push(this.#slabs.take(), true, 0);
    this.#room = this.#slabs.slabBytes;
  }

  #push(memory: Uint8Array, isSlab: boolean, length: number): void {
    this.#budget.hold(memory.length);
    this.#entries.push({ memory, isSlab, length });
  }

  #shift(): Entry[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#entries.length && bytes < TAKEN_BYTES) bytes += this.#entries[count++]!.length;
    const isAll = count === this.#entries.length;
    this.#bytes -= bytes;
    if (!isAll) return this.#entries.splice(0, count);
    this.#room = 0;
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  #forget(entries: readonly Entry[]): void {
    let bytes = 0;
    for (const entry of entries) {
      if ('range' in entry) continue;
      if (entry.isSlab) this.#slabs.give(entry.memory);
      bytes += entry.memory.length;
    }
    this.#budget.release(bytes);
  }
}
