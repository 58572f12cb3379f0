// Runs in the thread that writes into pipes.

/** Objects that a pipe has taken to their end, and what was passed over, many at a time. */
export interface ObjectsSent {
  /** Their keys, one after the other, each ended by a NUL, which no path contains. */
  readonly keys: string;
  /** How many bytes each of them came to. */
  readonly bytes: Float64Array;
}

/** How many objects are reported together, and how long they wait for each other, in milliseconds. */
const TOGETHER = 2048;
const TOGETHER_MS = 50;

/** Reports objects when the pipe has taken their last byte. */
export class SentObjects {
  readonly #taken: Float64Array;
  readonly #report: (sent: ObjectsSent) => void;
  #keys: string[] = [];
  /** Where they end, in bytes that the pipe has taken. */
  #ends: number[] = [];
  #begin: number;
  #end: number;
  #reportedAt = performance.now();
  #count = 0;
  #bytes = 0;

  constructor(taken: Float64Array, report: (sent: ObjectsSent) => void) {
    this.#taken = taken;
    this.#report = report;
    this.#begin = this.#end = taken[0]!;
  }

  add(key: string, bytes: number): void {
    this.#keys.push(key);
    this.#count++;
    this.#bytes += bytes;
    this.#ends.push((this.#end += bytes));
  }

  /** How many bytes those came to on average that were added; 4 KiB before the first. */
  get averageBytes(): number {
    return this.#count === 0 ? 4096 : this.#bytes / this.#count;
  }

  /** Reports those that are sent, if it is worth it. */
  reportSome(): void {
    if (this.#keys.length < TOGETHER && performance.now() - this.#reportedAt < TOGETHER_MS) return;
    this.#reportUpTo(this.#ends.findIndex((end) => end > this.#taken[0]!));
  }

  /** Reports all that were added: everything is sent. */
  reportAll(): void {
    this.#reportUpTo(-1);
  }

  /**
   * Reports those that are sent, when not everything is: nobody knows of empty objects after the last byte whether they were
   * their turn.
   */
  reportTaken(): void {
    const taken = this.#taken[0]!;
    this.#reportUpTo(this.#ends.findIndex((end, index) => end > taken || this.#beginOf(index) >= taken));
  }

  #beginOf(index: number): number {
    return index === 0 ? this.#begin : this.#ends[index - 1]!;
  }

  /** Reports those before an index; -1: all. */
  #reportUpTo(index: number): void {
    const count = index < 0 ? this.#ends.length : index;
    this.#reportedAt = performance.now();
    if (count === 0) return;
    const bytes = Float64Array.from({ length: count }, (_, at) => this.#ends[at]! - this.#beginOf(at));
    const keys = this.#keys.slice(0, count).map((key) => `${key}\0`);
    this.#begin = this.#ends[count - 1]!;
    this.#keys = this.#keys.slice(count);
    this.#ends = this.#ends.slice(count);
    this.#report({ keys: keys.join(''), bytes });
  }
}
