/** How something ended, for any number of watchers; and whether there was one. */
export class Completion {
  readonly #promise: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #isWatched = false;

  constructor() {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#promise.catch(() => undefined); // whoever watches has a promise of its own, to be handled or not
  }

  get isWatched(): boolean {
    return this.#isWatched;
  }

  wait(): Promise<void> {
    this.#isWatched = true;
    return this.#promise.then();
  }

  succeed(): void {
    this.#resolve();
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  /** Makes sure that a failure does not pass in silence: throws it if nobody has watched until now. */
  throwUnlessWatched(error: Error): void {
    setImmediate(() => {
      if (!this.#isWatched) throw error;
    });
  }
}
