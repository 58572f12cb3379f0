// Runs in the thread that writes into pipes.

/** Objects that a pipe has taken to their end, and what was passed over, many at a time. */
export interface ObjectsSent {
  /** Their keys, with a NUL between them, which no path contains. */
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
  readonly #start: number;
  #count = 0;

  constructor(taken: Float64Array, report: (sent: ObjectsSent) => void) {
    this.#taken = taken;
    this.#report = report;
    this.#start = this.#begin = this.#end = taken[0]!;
  }

  add(key: string, bytes: number): void {
    this.#keys.push(key);
    this.#count++;
    this.#ends.push((this.#end += bytes));
  }

  /** How many bytes those came to on average that were added; 4 KiB before the first. */
  get averageBytes(): number {
    return this.#count === 0 ? 4096 : (this.#end - this.#start) / this.#count;
  }

  /** Reports those that are sent, if it is worth it. */
  reportSome(): void {
    if (this.#keys.length < TOGETHER && performance.now() - this.#reportedAt < TOGETHER_MS) return;
    this.#reportFirst(this.#countUpTo(this.#taken[0]!));
  }

  /** Reports all that were added: everything is sent. */
  reportAll(): void {
    this.#reportFirst(this.#ends.length);
  }

  /**
   * Reports those that are sent, when not everything is: nobody knows of empty objects after the last byte whether they were
   * their turn.
   */
  reportTaken(): void {
    const taken = this.#taken[0]!;
    let count = this.#countUpTo(taken);
    while (count > 0 && this.#beginOf(count - 1) >= taken) count--;
    this.#reportFirst(count);
  }

  /** How many end within so many bytes. */
  #countUpTo(taken: number): number {
    let count = 0;
    while (count < this.#ends.length && this.#ends[count]! <= taken) count++;
    return count;
  }

  #beginOf(index: number): number {
    return index === 0 ? this.#begin : this.#ends[index - 1]!;
  }

  #reportFirst(count: number): void {
    this.#reportedAt = performance.now();
    if (count === 0) return;
    const bytes = new Float64Array(count);
    for (let index = 0; index < count; index++) bytes[index] = this.#ends[index]! - this.#beginOf(index);
    const keys = this.#keys.splice(0, count).join('\0');
    this.#begin = this.#ends[count - 1]!;
    this.#ends.splice(0, count);
    this.#report({ keys, bytes });
  }
}
