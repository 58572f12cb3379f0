/** A range that is fetched before it is needed: begins at once, and keeps what arrives. */
export class FetchedAhead implements AsyncIterable<Uint8Array> {
  /** Where it begins in its object. */
  readonly start: number;
  /** Resolves when nothing arrives any more, however it ended. */
  readonly ended: Promise<void>;
  readonly #chunks: Uint8Array[] = [];
  #end: { readonly error?: unknown } | undefined;
  #arrived: () => void = () => undefined;

  constructor(start: number, chunks: AsyncIterable<Uint8Array>) {
    this.start = start;
    this.ended = this.#fetch(chunks);
  }

  /** The bytes, as they arrive. An error comes after the bytes before it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) yield chunk;
      else if (!this.#end) await new Promise<void>((resolve) => (this.#arrived = resolve));
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }

  async #fetch(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of chunks) {
        this.#chunks.push(chunk);
        this.#arrived();
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
    this.#arrived();
  }
}
