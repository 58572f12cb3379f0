// Runs in threads of ours: everything here is synchronous.
import type { PartsReader } from '../../body/parts-reader.js';
import { GzipDecoder } from './gzip-decoder.js';

/** Reads compressed bytes in pieces of so many. */
const INPUT_BYTES = 128 * 1024;

/** Reads what parts of bodies inflate to, one object after the other. */
export class InflatedReader {
  readonly #buffer: Uint8Array;
  #decoder: GzipDecoder | undefined;
  #reader: PartsReader | undefined;
  #input: Uint8Array;
  #isLast = false;

  /** @param buffer - for what was read and not inflated yet; an object at a time may use it */
  constructor(buffer = Buffer.allocUnsafeSlow(INPUT_BYTES)) {
    this.#buffer = buffer;
    this.#input = buffer.subarray(0, 0);
  }

  /** Begins an object. */
  open(reader: PartsReader): void {
    this.close();
    this.#reader = reader;
    this.#input = this.#buffer.subarray(0, 0);
    this.#isLast = false;
  }

  /** Fills `target` as far as the object goes, and says how far; less than all of it means that there is no more. */
  read(target: Uint8Array): number {
    const decoder = (this.#decoder ??= new GzipDecoder());
    let filled = 0;
    try {
      while (filled < target.length && !decoder.isDone) {
        if (this.#input.length === 0 && !this.#isLast) this.#readInput();
        decoder.decode(this.#input, target.subarray(filled), this.#isLast);
        this.#input = this.#input.subarray(decoder.consumed);
        filled += decoder.produced;
      }
      return filled;
    } catch (error) {
      this.#decoder = undefined; // of no use any more
      decoder.close();
      throw error;
    }
  }

  /** Lets go of the object. */
  close(): void {
    this.#reader?.return();
    this.#reader = undefined;
    this.#decoder?.reset();
  }

  /** Lets go of everything. */
  end(): void {
    this.close();
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  #readInput(): void {
    const length = this.#reader!.read(this.#buffer);
    this.#input = this.#buffer.subarray(0, length);
    this.#isLast = length < this.#buffer.length;
  }
}
