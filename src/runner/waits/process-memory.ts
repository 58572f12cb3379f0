import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A page at least: strings end before the next one that is not there. */
const PATH_BYTES = 4096;
/** What is looked through at a time, in bytes: some 0.3 ms. */
const BLOCK_BYTES = 1024 * 1024;
/** What is looked through of a process at most. */
const MOST_BYTES = 512 * 1024 * 1024;

/** The memory of a process, to read in. What is not there, or not allowed, is empty. */
export class ProcessMemory {
  readonly #pid: number;
  readonly #fd: number | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#fd = attempt(() => openSync(`/proc/${pid}/mem`, 'r'));
  }

  read(address: bigint, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    const fd = this.#fd;
    if (fd === undefined) return Buffer.alloc(0);
    return buffer.subarray(0, attempt(() => readSync(fd, buffer, 0, length, address)) ?? 0);
  }

  /** The text at an address, up to its NUL. */
  readText(address: bigint): string {
    // Up to the end of the page first: the next one may not be there.
    const inPage = PATH_BYTES - Number(address % BigInt(PATH_BYTES));
    const bytes = this.read(address, inPage);
    const whole = bytes.includes(0)
      ? bytes
      : Buffer.concat([bytes, this.read(address + BigInt(inPage), PATH_BYTES)]);
    const end = whole.indexOf(0);
    return whole.toString('utf8', 0, end < 0 ? whole.length : end);
  }

  /**
   * The words in what the process can write to that begin like these, the first so many of each. A word ends where `isPart`
   * says no.
   */
  async wordsFrom(prefixes: readonly string[], isPart: RegExp, most: number): Promise<string[]> {
    const wanted = prefixes.map((prefix) => ({ prefix: Buffer.from(prefix), words: new Set<string>() }));
    let left = MOST_BYTES;
    for (const { from, length } of this.#writable()) {
      for (let at = 0; at < length && left > 0; at += BLOCK_BYTES) {
        // A word that begins in this block may go on in the next.
        const block = this.read(from + BigInt(at), Math.min(BLOCK_BYTES + PATH_BYTES, length - at));
        for (const { prefix, words } of wanted) collect(block, prefix, isPart, words, most);
        left -= BLOCK_BYTES;
        await nextTurn();
      }
    }
    return wanted.flatMap(({ words }) => [...words]);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  #writable(): { readonly from: bigint; readonly length: number }[] {
    const maps = attempt(() => readFileSync(`/proc/${this.#pid}/maps`, 'latin1')) ?? '';
    return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(([, from, to]) => {
      const start = BigInt(`0x${from!}`);
      return { from: start, length: Number(BigInt(`0x${to!}`) - start) };
    });
  }
}

function collect(block: Buffer, prefix: Buffer, isPart: RegExp, words: Set<string>, most: number): void {
  for (let at = block.indexOf(prefix); at >= 0 && words.size < most; at = block.indexOf(prefix, at + 1)) {
    let end = at + prefix.length;
    while (end < block.length && isPart.test(String.fromCharCode(block[end]!))) end++;
    if (end > at + prefix.length) words.add(block.toString('latin1', at, end));
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
