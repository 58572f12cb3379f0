// Runs in the thread that writes into pipes.
import type { MessagePort } from 'node:worker_threads';

import type { FoundFile } from '../../source/file/walk.js';
import { readBlock } from './read-block.js';
import { Bulletin, Slot } from './slots.js';
import type { SmallFiles } from './small-files.js';

/** What is posted to the thread that reads ahead: that there are blocks, or that a reading of a directory has ended. */
export type HelperMessage = 'wake up' | { readonly pass: number };

/** A helping thread, and the memory that is shared with it. */
export class Helper {
  readonly port: MessagePort;
  readonly #bulletin: Bulletin;
  readonly #free: Slot[];
  #hasEnded = false;
  #lastPass = 0;

  constructor(port: MessagePort, memory: SharedArrayBuffer) {
    this.port = port;
    this.#bulletin = new Bulletin(memory);
    this.#free = Slot.all(memory);
  }

  /** Tells the thread that a block was posted. */
  tell(): void {
    if (this.#bulletin.tell()) this.#post('wake up');
  }

  /** Whether the thread has ended: what it has claimed, it will not finish. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  end(): void {
    this.#hasEnded = true;
    this.port.close();
  }

  takeSlot(): Slot | undefined {
    return this.#free.pop();
  }

  releaseSlot(slot: Slot): void {
    this.#free.push(slot);
  }

  beginPass(): number {
    return ++this.#lastPass;
  }

  endPass(pass: number): void {
    this.#post({ pass });
  }

  #post(message: HelperMessage): void {
    this.port.postMessage(message);
  }
}

interface Block {
  readonly slot: Slot;
  readonly use: number;
  readonly files: readonly FoundFile[];
}

/** Some files that were read: the first ones of a block. */
export interface ReadFiles {
  readonly data: Uint8Array;
  readonly files: readonly FoundFile[];
  readonly lengths: Int32Array;
  /** The rest of the block, to be read one by one: there is something about the first of them. */
  readonly rest: readonly FoundFile[];
}

/** How long to wait for the other thread at a time, in milliseconds. */
const WAIT_MS = 5;
/** How long to wait for a block that nobody wants any more: the other thread still reads into its memory. */
const LONGEST_WAIT_MS = 50;

/**
 * Small files in blocks, some of which another thread reads: whoever comes first reads a block, this thread too, so that nobody
 * waits for a thread that has not started yet.
 */
export class ReadAhead {
  readonly #helper: Helper;
  readonly #small: SmallFiles;
  readonly #isRecordIO: boolean;
  readonly #pass: number;
  readonly #blocks: Block[] = [];
  /** The last two that were given away: the pipe may not yet have taken the one. */
  readonly #given: Slot[] = [];

  constructor(helper: Helper, small: SmallFiles, isRecordIO: boolean) {
    this.#helper = helper;
    this.#small = small;
    this.#isRecordIO = isRecordIO;
    this.#pass = helper.beginPass();
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Queues files of one directory for which `take` is asked, as long as there is room. */
  fill(take: () => readonly FoundFile[]): void {
    for (;;) {
      const slot = this.#helper.takeSlot();
      if (!slot) return;
      const files = take();
      if (files.length === 0) {
        this.#helper.releaseSlot(slot);
        return;
      }
      const use = slot.post({
        pass: this.#pass,
        settledBefore: this.#small.settledBefore,
        isRecordIO: this.#isRecordIO,
        base: files[0]!.base,
        names: files.map(({ name }) => name),
      });
      this.#blocks.push({ slot, use, files });
      this.#helper.tell();
    }
  }

  /** The next files; `undefined` if they have not been read yet. */
  next(): ReadFiles | undefined {
    const block = this.#blocks[0]!;
    while (!block.slot.wait(block.use, 0)) {
      const unclaimed = this.#blocks.find(({ slot, use }) => slot.claim(use));
      if (unclaimed) this.#read(unclaimed);
      else if (this.#helper.hasEnded) this.#read(block);
      else if (!block.slot.wait(block.use, WAIT_MS)) return undefined;
    }
    this.#blocks.shift();
    return this.#give(block);
  }

  /** Gives everything back that nobody reads any more. */
  close(): void {
    for (const { slot, use } of this.#blocks) {
      if (slot.claim(use)) slot.finish(use, 0);
      if (slot.wait(use, LONGEST_WAIT_MS)) this.#helper.releaseSlot(slot); // otherwise it is lost, and the thread is stuck
    }
    this.#blocks.length = 0;
    for (const slot of this.#given.splice(0)) this.#helper.releaseSlot(slot);
    this.#helper.endPass(this.#pass);
  }

  #read({ slot, use, files }: Block): void {
    const { data, lengths } = slot;
    slot.finish(use, readBlock(this.#small, files, { data, lengths, isRecordIO: this.#isRecordIO }));
  }

  #give({ slot, files }: Block): ReadFiles {
    this.#given.push(slot);
    if (this.#given.length > 2) this.#helper.releaseSlot(this.#given.shift()!);
    const { count } = slot;
    const lengths = slot.lengths.subarray(0, count);
    let bytes = 0;
    for (const length of lengths) bytes += length;
    return {
      data: slot.data.subarray(0, bytes),
      files: files.slice(0, count),
      lengths,
      rest: files.slice(count),
    };
  }
}
