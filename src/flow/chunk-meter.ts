import type { FirstChunks } from './first-chunks.js';
import type { MemoryBudget } from './memory-budget.js';
import { MeteredChunks, type MeteredSource } from './metered-chunks.js';

/** Somebody who reads what transforms make of an object. */
export interface MeterReader {
  /** Whether it is the object's turn. */
  readonly isTurn: boolean;
}

/**
 * Counts the chunk that the transforms of an object hold: what was last asked of the object's own body, from before it is
 * asked for until the next one is. A chunk waits for room in the budget unless it is its object's turn.
 */
export class ChunkMeter {
  readonly budget: MemoryBudget;
  /** How large the first chunks of such bodies are. */
  readonly firstChunks: FirstChunks;
  readonly #readers = new Set<MeterReader>();
  readonly #open = new Set<MeteredChunks>();
  #failure: { readonly error: unknown } | undefined;

  constructor(budget: MemoryBudget, firstChunks: FirstChunks) {
    this.budget = budget;
    this.firstChunks = firstChunks;
  }

  /** Whether nothing has to wait: it is the object's turn, or nobody says whether it is. */
  get isTurn(): boolean {
    for (const { isTurn } of this.#readers) if (isTurn) return true;
    return this.#readers.size === 0;
  }

  /** Why nobody wants any more chunks, if that is so. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  attach(reader: MeterReader): void {
    this.#readers.add(reader);
  }

  /** When nobody reads any more, gives back everything; and if that is for an error, whoever asks for more gets it. */
  detach(reader: MeterReader, end: { readonly error?: unknown }): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return;
    if ('error' in end) this.#failure = { error: end.error };
    for (const chunks of this.#open) chunks.end();
  }

  /** Looks again whether there is room: it may be the object's turn now. */
  lookAgain(): void {
    for (const chunks of this.#open) chunks.lookAgain();
  }

  /** The same chunks, counted. */
  iterate(source: MeteredSource): MeteredChunks {
    const chunks = new MeteredChunks(source, this, () => this.#open.delete(chunks));
    this.#open.add(chunks);
    return chunks;
  }
}
