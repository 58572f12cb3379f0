// Runs in the threads that inflate: nothing here may wait for a reader.
import type { BlockPool } from './block-pool.js';
import { type Progress, STEP_BYTES } from './object-writer.js';
import type { Outbox } from './outbox.js';
import { type PipeTarget, writeNow } from './write-now.js';

/** Writes what other threads inflate. */
export class PieceWriter {
  readonly #target: PipeTarget;
  readonly #outbox: Outbox;
  readonly #pool: BlockPool;
  /** How much of the first piece is written. */
  #written = 0;

  constructor(target: PipeTarget, outbox: Outbox, pool: BlockPool) {
    this.#target = target;
    this.#outbox = outbox;
    this.#pool = pool;
  }

  /** Writes pieces as long as there are any and the pipe has room, and gives their memory back. */
  step(): Exclude<Progress, 'done'> {
    for (let moved = 0; moved < STEP_BYTES;) {
      const piece = this.#outbox.peek();
      if (!piece) return 'waiting';
      const rest = this.#pool.view(piece.offset + this.#written, piece.length - this.#written);
      const written = writeNow(this.#target, rest);
      if (typeof written === 'string') return written;
      moved += written;
      this.#written += written;
      if (written < rest.length) continue;
      this.#written = 0;
      this.#pool.giveAt(piece.offset);
      this.#outbox.shift();
    }
    return 'more';
  }
}
