import { BlockWriter } from '../body/block-writer.js';
import type { LocalPart } from '../body/body.js';
import { lendSlab } from '../body/lent-slab.js';
import { openTemporaryFile, type TemporaryFile, temporaryFilesClosed } from '../body/temporary-file.js';
import { onAbort } from '../abort/on-abort.js';
import type { MemoryLimit } from '../source/source.js';

/** Small chunks are gathered in memory of so many bytes: more, the more there were already. */
const SLAB_BYTES = { least: 16 * 1024, most: 256 * 1024 } as const;

/**
 * The blocks that a file is written by: larger, the more there is in memory, because every block costs a message to the
 * thread that writes. They take the place of as much that is in memory.
 */
const BLOCKS = { count: 4, least: 256 * 1024, most: 1024 * 1024, share: 1 / 32 } as const;
/** Where the channel's bound leaves no room at all. These are not counted. */
const LEAST_BLOCKS = { count: 2, bytes: 32 * 1024 } as const;

/** Bytes in memory, and how many of the channel's bound they take. */
interface Held {
  /** A chunk, or a slab whose beginning is filled. */
  readonly memory: Uint8Array;
  length: number;
  readonly held: number;
  /** Whether it is one of the channel's slabs, which are used again. */
  readonly isSlab: boolean;
}

interface SpillFile {
  readonly file: TemporaryFile;
  readonly writer: BlockWriter;
  /** How many bytes of the channel's bound the blocks take. */
  held: number;
}

/**
 * Holds bytes whose number is not known yet: in memory as far as the channel's bound allows, in a temporary file
 * beyond. The file has no name from the start, so nothing is left of it however the process ends.
 */
export class SpillBuffer {
  readonly #memory: MemoryLimit;
  readonly #signal: AbortSignal;
  readonly #unwatch: () => void;
  #held: Held[] = [];
  #inMemory = 0;
  /** What is gathered into, the last of what is held. */
  #slab: Held | undefined;
  #spill: SpillFile | undefined;
  #closed: Promise<void> | undefined;

  constructor(memory: MemoryLimit, signal: AbortSignal) {
    this.#memory = memory;
    this.#signal = signal;
    // Whoever fills the buffer may be waiting for a source that never answers.
    this.#unwatch = onAbort(signal, () => void this.close());
    if (signal.aborted) void this.close();
  }

  /** How many bytes it was given. */
  get length(): number {
    return this.#inMemory + (this.#spill?.writer.length ?? 0);
  }

  /**
   * Takes a chunk over; it must not change from then on. Gives a promise only if the next one has to wait.
   *
   * @throws {@link PipeModeError} `TEMPORARY_FILE_FAILED`, also as a rejection; the signal's reason.
   */
  append(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#closed) this.#signal.throwIfAborted();
    if (this.#spill) return this.#spill.writer.append(chunk);
    const gathered = this.#gather(chunk);
    const rest = gathered === 0 ? chunk : chunk.subarray(gathered);
    if (rest.length === 0 || this.#hold(rest)) return undefined;
    return this.#beginSpill(rest);
  }

  /**
   * Everything, in order, once: bytes, and a range of the temporary file if there is one. The buffer, and so the file,
   * stays open until `close()`, also when the signal is aborted.
   */
  async *drain(): AsyncGenerator<LocalPart> {
    this.#signal.throwIfAborted();
    this.#unwatch();
    const spill = this.#spill;
    await spill?.writer.flush();
    if (spill) this.#releaseBlocks(spill);
    this.#held.reverse(); // `shift()` takes as long as the array is
    for (let item = this.#held.pop(); item; item = this.#held.pop()) {
      this.#memory.release(item.held);
      yield item.isSlab ? lendSlab(item.memory, item.length) : bytesOf(item);
    }
    if (!spill) return;
    const { length } = spill.writer;
    yield { path: 'temporary file', fd: spill.file.fd, offset: 0, length };
  }

  /**
   * Lets go of everything. May be called again. Takes as long as giving back what a large file has in the page cache;
   * the next record need not wait for it: `temporaryFilesClosed()` does.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#unwatch();
    this.#slab = undefined;
    for (const item of this.#held.splice(0)) {
      this.#memory.release(item.held);
      if (item.isSlab) this.#memory.slabs?.give(item.memory);
    }
    const spill = this.#spill;
    if (!spill) return;
    this.#spill = undefined;
    const ended = spill.writer.end().then(() => this.#releaseBlocks(spill));
    await Promise.all([ended, spill.file.close()]);
  }

  #releaseBlocks(spill: SpillFile): void {
    this.#memory.release(spill.held);
    spill.held = 0;
  }

  /** Copies what has room in the slab. */
  #gather(chunk: Uint8Array): number {
    const slab = this.#slab;
    if (!slab) return 0;
    const { memory } = slab;
    const length = Math.min(chunk.length, memory.length - slab.length);
    memory.set(length === chunk.length ? chunk : chunk.subarray(0, length), slab.length);
    slab.length += length;
    this.#inMemory += length;
    if (slab.length === memory.length) this.#slab = undefined;
    return length;
  }

  /** Holds a chunk: in a slab if it is a small one and not the first, for most small objects are one chunk. */
  #hold(chunk: Uint8Array): boolean {
    this.#slab = undefined;
    const { slabs } = this.#memory;
    const slabBytes = Math.min(
      Math.max(this.#inMemory, SLAB_BYTES.least),
      slabs?.slabBytes ?? SLAB_BYTES.most,
    );
    const isSlab = slabBytes === slabs?.slabBytes;
    const isSmall = this.#held.length > 0 && chunk.length * 2 < slabBytes;
    const bytes = isSmall ? slabBytes : chunk.length;
    if (!this.#memory.tryReserve(bytes)) return false;
    if (isSmall) {
      const memory = isSlab ? slabs.take() : Buffer.allocUnsafeSlow(slabBytes);
      this.#slab = { memory, length: 0, held: bytes, isSlab };
      this.#held.push(this.#slab);
      this.#gather(chunk);
    } else {
      this.#held.push({ memory: chunk, length: chunk.length, held: bytes, isSlab: false });
      this.#inMemory += chunk.length;
    }
    return true;
  }

  /** From here on all goes to a file, and so does the last of what is in memory: its place is for the blocks. */
  #beginSpill(chunk: Uint8Array): Promise<void> {
    const file = openTemporaryFile('to buffer a large record in');
    const share = Math.floor(this.#inMemory * BLOCKS.share);
    const blockBytes = Math.min(Math.max(share, BLOCKS.least), BLOCKS.most);
    const last: Held[] = [];
    let freed = 0;
    while (freed < BLOCKS.count * blockBytes && this.#held.length > 0) {
      const item = this.#held.pop()!;
      last.unshift(item);
      freed += item.held;
      this.#inMemory -= item.length;
    }
    const count = Math.min(BLOCKS.count, Math.floor(freed / blockBytes));
    const held = count * blockBytes;
    this.#memory.release(freed - held);
    const writer = new BlockWriter(file.writer, count > 0 ? { count, bytes: blockBytes } : LEAST_BLOCKS);
    this.#spill = { file, writer, held };
    return appendAll(writer, last, chunk);
  }
}

function bytesOf({ memory, length }: Held): Uint8Array {
  return length === memory.length ? memory : memory.subarray(0, length);
}

/** The slabs of what is spilled are not used again: the file's blocks have their place. */
async function appendAll(writer: BlockWriter, held: readonly Held[], chunk: Uint8Array): Promise<void> {
  await temporaryFilesClosed(); // so that no more of them are open than of those that are being filled
  for (const item of held) await writer.append(bytesOf(item));
  await writer.append(chunk);
}
