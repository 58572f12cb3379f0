// Runs in the thread that writes into pipes.
import type { FileRange, LocalPart } from '../../body/body.js';
import { partsLength } from '../../body/parts-length.js';
import { isBytes } from '../../options/checks.js';
import { type Feed, type FeedItem, LONG_BYTES } from './feed.js';
import { checkUnchanged, closeRange, type FileAccess, openRange, readFully } from './file-access.js';

/** Parts of bodies, as the main thread has sent them: what is short is gathered into few writes. */
export class PartsFeed implements Feed {
  readonly #parts: readonly LocalPart[];
  readonly #files: FileAccess;
  readonly onEnd: () => void;
  #index = 0;
  /** How much of a part of bytes has been staged. */
  #position = 0;
  #bytesLeft: number;

  constructor(parts: readonly LocalPart[], files: FileAccess, onEnd: () => void) {
    this.#parts = parts;
    this.#files = files;
    this.onEnd = onEnd;
    this.#bytesLeft = partsLength(parts);
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  next(stage: Uint8Array): FeedItem | undefined {
    const item = this.#gather(stage);
    this.#bytesLeft -= item?.length ?? 0;
    return item;
  }

  /** Stages parts until the stage is full, or a long one comes. */
  #gather(stage: Uint8Array): FeedItem | undefined {
    let staged = 0;
    for (; this.#index < this.#parts.length; this.#index++) {
      if (staged === stage.length) break;
      const part = this.#parts[this.#index]!;
      const free = staged === 0 ? stage : stage.subarray(staged);
      if (isBytes(part)) {
        staged += this.#stageBytes(part, free);
        if (this.#position > 0) break;
      } else if (part.length >= LONG_BYTES) {
        if (staged > 0) break;
        this.#index++;
        return part;
      } else {
        if (part.length > free.length) break;
        this.#stageShort(part, free.subarray(0, part.length));
        staged += part.length;
      }
    }
    return staged > 0 ? stage.subarray(0, staged) : undefined;
  }

  /** Leaves the position in what has no room. */
  #stageBytes(bytes: Uint8Array, free: Uint8Array): number {
    const length = Math.min(bytes.length - this.#position, free.length);
    free.set(bytes.subarray(this.#position, this.#position + length));
    this.#position = this.#position + length === bytes.length ? 0 : this.#position + length;
    return length;
  }

  #stageShort(range: FileRange, target: Uint8Array): void {
    const fd = openRange(this.#files, range);
    try {
      readFully(this.#files, range, { fd, target, offset: range.offset });
      checkUnchanged(this.#files, range, fd);
    } finally {
      closeRange(this.#files, range, fd);
    }
  }
}
