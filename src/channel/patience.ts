import type { DeliveryProgress } from '../delivery/delivery.js';

/** How often to look whether anything moves while it streams, in milliseconds. */
const LOOK_MS = 250;

/** How long a channel waits, in milliseconds, or `Infinity`. */
export interface PatienceLimits {
  /** For a reader to open the FIFO. */
  readonly openTimeoutMs: number;
  /** For the reader to read on, or the source to deliver. */
  readonly stallTimeoutMs: number;
}

/** What has been waited for too long. */
export type PatienceEnd = 'READER_TIMEOUT' | 'READER_STALLED' | 'SOURCE_STALLED';

/** Knows for how long a delivery has waited, and tells once when that is too long. */
export class Patience {
  readonly #limits: PatienceLimits;
  readonly #progressNow: () => DeliveryProgress;
  readonly #onEnd: (end: PatienceEnd) => void;
  #timer: NodeJS.Timeout | undefined;
  #seen: Pick<DeliveryProgress, 'since' | 'bytes' | 'objects' | 'movement'> | undefined;
  #movedAt = 0;
  #isOver = false;

  constructor(
    limits: PatienceLimits,
    progressNow: () => DeliveryProgress,
    onEnd: (end: PatienceEnd) => void,
  ) {
    this.#limits = limits;
    this.#progressNow = progressNow;
    this.#onEnd = onEnd;
  }

  /** For how long nothing has moved, in milliseconds. */
  get waitedMs(): number {
    this.#look();
    return performance.now() - this.#movedAt;
  }

  /** Looks from now on, as often as the delivery's phase makes worth it: to be called when that may have changed. */
  watch(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const { phase, waitingFor } = this.#progressNow();
    const isOpenable = phase === 'waiting' && waitingFor === 'reader';
    const limit = isOpenable ? this.#limits.openTimeoutMs : this.#limits.stallTimeoutMs;
    const left = limit - this.waitedMs;
    if (left <= 0) {
      this.#onEnd(
        isOpenable ? 'READER_TIMEOUT' : waitingFor === 'reader' ? 'READER_STALLED' : 'SOURCE_STALLED',
      );
      return;
    }
    if (isOpenable && left === Infinity) return; // the delivery knows since when it has waited
    this.#timer = setTimeout(
      () => this.watch(),
      isOpenable ? Math.min(Math.ceil(left), 2 ** 31 - 1) : Math.min(Math.ceil(left), LOOK_MS),
    );
    if (limit === Infinity) this.#timer.unref();
  }

  /** Looks no more, until it is told to watch again. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** Looks no more, whatever it is told. */
  end(): void {
    this.#isOver = true;
    this.rest();
  }

  #look(): void {
    const { since, bytes, objects, movement } = this.#progressNow();
    const seen = this.#seen;
    const isSame = seen?.bytes === bytes && seen.objects === objects && seen.movement === movement;
    if (seen?.since === since && isSame) return;
    this.#movedAt = seen?.since === since ? performance.now() : since;
    this.#seen = { since, bytes, objects, movement };
  }
}
