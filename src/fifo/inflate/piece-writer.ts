// Runs in the threads that inflate: nothing here may wait for a reader.
import type { BlockPool } from './block-pool.js';
import { type ObjectTarget, type Progress, STEP_BYTES } from './object-writer.js';
import type { Outbox } from './outbox.js';
import { writeNow } from './write-now.js';

/** Writes what other threads inflate. */
export class PieceWriter {
  readonly #target: Pick<ObjectTarget, 'libc' | 'fd' | 'taken'>;
  readonly #outbox: Outbox;
  readonly #pool: BlockPool;
  /** How much of the first piece is written. */
  #written = 0;

  constructor(target: Pick<ObjectTarget, 'libc' | 'fd' | 'taken'>, outbox: Outbox, pool: BlockPool) {
    this.#target = target;
    this.#outbox = outbox;
    this.#pool = pool;
  }

  /** Writes pieces as long as there are any and the pipe has room, and gives their memory back. */
  step(): Exclude<Progress, 'done'> {
    const { libc, fd, taken } = this.#target;
    for (let moved = 0; moved < STEP_BYTES;) {
      const piece = this.#outbox.peek();
      if (!piece) return 'waiting';
      const rest = this.#pool.view(piece.offset + this.#written, piece.length - this.#written);
      const written = writeNow(libc, fd, rest);
      if (typeof written === 'string') return written;
      taken[0]! += written;
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
