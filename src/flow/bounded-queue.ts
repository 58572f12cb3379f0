/** How far a producer may run ahead, beyond the page that takes it there. */
export interface QueueLimits<T> {
  readonly items: number;
  /** How large all items may be together, in bytes that they hold. */
  readonly weight: number;
  readonly sizeOf: (item: T) => number;
}

/**
 * A bounded queue between one producer and one consumer: the producer runs ahead of the consumer by so many
 * items (and one page) and no more, and the consumer takes all that is there at once.
 */
export class BoundedQueue<T> {
  readonly #limits: QueueLimits<T>;
  #items: T[] = [];
  #weight = 0;
  #end: { readonly error?: unknown } | undefined;
  #changed: (() => void) | undefined;

  constructor(limits: QueueLimits<T>) {
    this.#limits = limits;
  }

  /** Adds all items that come, some at a time, and marks the end, or the error that came instead of it. */
  async fill(pages: AsyncIterable<readonly T[]>): Promise<void> {
    try {
      for await (const page of pages) {
        if (this.#hasEnded()) return;
        this.#add(page);
        this.#wake();
        while (this.#isFull && !this.#hasEnded()) await this.#change();
      }
      this.#end ??= {};
    } catch (error) {
      this.#end ??= { error };
    }
    this.#wake();
  }

  /**
   * All items that are there, once there are any; none after the last.
   *
   * @throws what the producer failed with, after the items before it; the reason of `cancel()`.
   */
  async take(): Promise<T[]> {
    while (this.#items.length === 0 && !this.#end) await this.#change();
    const items = this.#items;
    this.#items = [];
    this.#weight = 0;
    this.#wake();
    if (items.length === 0 && this.#end && 'error' in this.#end) throw this.#end.error;
    return items;
  }

  /** Makes the producer stop, and the consumer fail with the reason: what is cancelled is not complete. */
  cancel(reason: unknown): void {
    this.#items = [];
    this.#end = { error: reason };
    this.#wake();
  }

  #add(page: readonly T[]): void {
    for (const item of page) {
      this.#items.push(item); // one by one: a page may be longer than a list of arguments can be
      this.#weight += this.#limits.sizeOf(item);
    }
  }

  get #isFull(): boolean {
    return this.#items.length >= this.#limits.items || this.#weight >= this.#limits.weight;
  }

  /** Asked anew every time, because it changes while something is awaited. */
  #hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Only one side ever waits: the producer for room, or the consumer for items. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #wake(): void {
    this.#changed?.();
    this.#changed = undefined;
  }
}
