// Runs in the thread that writes into pipes.
import type { BodyPart, LocalPart } from '../../body/body.js';
import { sliceParts } from '../../body/slice-parts.js';
import type { FileStatus } from '../../fs/file-errors.js';
import {
  HEADER_BYTES,
  paddingBytes,
  partHeader,
  PartFlag,
  recordParts,
  recordSize,
} from '../../recordio/framing.js';
import { type Feed, type FeedItem, LONG_BYTES } from './feed.js';
import type { FileAccess } from './file-access.js';
import { FoundFiles, type UpcomingFile } from './found-files.js';
import { PartsFeed } from './parts-feed.js';
import type { FilesBelow, FilesProgress } from './pump-messages.js';
import { SentObjects } from './sent-objects.js';
import { rangeOf, SmallFiles } from './small-files.js';

/** As long as one block is filled, in milliseconds: files may come from a slow disk. */
const BLOCK_MS = 20;
/** How many files are read between two looks at the clock. */
const FILES_PER_LOOK = 16;

/** What a feed of a directory needs. */
export interface DirectoryFeedInput extends FilesBelow {
  readonly files: FileAccess;
  readonly taken: Float64Array;
  readonly onProgress: (progress: FilesProgress) => void;
  readonly onEnd: () => void;
}

/**
 * The files below a directory, listed and read here: no file of a great many is worth a message to another thread, nor a look
 * at its status before it is opened. Small ones are gathered into blocks, long ones are left to be spliced.
 */
export class DirectoryFeed implements Feed {
  readonly #input: DirectoryFeedInput;
  readonly #found: FoundFiles;
  readonly #small: SmallFiles;
  readonly #sent: SentObjects;
  #long: PartsFeed | undefined;

  constructor(input: DirectoryFeedInput) {
    const { root, files, taken, onProgress } = input;
    this.#input = input;
    this.#found = new FoundFiles(root, (skipped) => {
      onProgress({ skipped });
    });
    this.#small = new SmallFiles(files);
    this.#sent = new SentObjects(taken, (sent) => {
      onProgress({ sent });
    });
  }

  get bytesLeft(): number {
    return (this.#long?.bytesLeft ?? 0) + this.#found.bytesAhead;
  }

  next(stage: Uint8Array): FeedItem | undefined {
    this.report();
    const item = this.#long?.next(stage);
    if (item) return item;
    this.#long = undefined;
    return this.#gather(stage);
  }

  report(): void {
    this.#sent.reportSome();
  }

  onEnd(): void {
    this.#sent.reportAll();
    this.#small.close();
    this.#input.onEnd();
  }

  close(): void {
    this.#sent.reportTaken();
    this.#small.close();
  }

  /** Fills the stage with small files, or begins a long one; `undefined` at the end. Empty if it has taken too long. */
  #gather(stage: Uint8Array): FeedItem | undefined {
    const until = performance.now() + BLOCK_MS;
    let staged = 0;
    for (let count = 1; ; count++) {
      const file = this.#peek();
      if (!file) return staged > 0 ? stage.subarray(0, staged) : undefined;
      if (file.stats && file.stats.size >= LONG_BYTES) {
        if (staged > 0) break;
        return this.#beginLong(file, file.stats).next(stage);
      }
      const length = this.#stage(file, stage.subarray(staged));
      if (length === 'no room') break;
      staged += length ?? 0;
      if (count % FILES_PER_LOOK === 0 && performance.now() > until) break;
    }
    return stage.subarray(0, staged);
  }

  #peek(): UpcomingFile | undefined {
    try {
      return this.#found.peek();
    } catch (error) {
      this.#input.onProgress({ isListingFailed: true });
      throw error;
    }
  }

  /** Reads a small file with what goes around it; `undefined` if it has to be looked at again. */
  #stage(file: UpcomingFile, free: Uint8Array): number | 'no room' | undefined {
    const { isRecordIO } = this.#input;
    const header = isRecordIO ? HEADER_BYTES : 0;
    if (free.length < (file.stats?.size ?? LONG_BYTES) + 2 * header) return 'no room';
    const read = this.#small.read(file, header === 0 ? free : free.subarray(header));
    if (typeof read !== 'number') {
      this.#found.note(file, read);
      return undefined;
    }
    if (isRecordIO) {
      free.set(partHeader(PartFlag.whole, read));
      free.fill(0, header + read, header + read + paddingBytes(read));
    }
    this.#found.shift();
    const length = isRecordIO ? recordSize(read) : read;
    this.#sent.add(file.key, length);
    return length;
  }

  #beginLong(file: UpcomingFile, stats: FileStatus): PartsFeed {
    const { files, isRecordIO } = this.#input;
    this.#found.shift();
    this.#found.lookAhead();
    const range = rangeOf(file, stats);
    const parts = isRecordIO ? recordOf(range) : [range];
    this.#sent.add(file.key, isRecordIO ? recordSize(stats.size) : stats.size);
    return (this.#long = new PartsFeed(parts, files, () => undefined));
  }
}

function recordOf(range: LocalPart): LocalPart[] {
  return recordParts(range.length).flatMap(({ header, start, length, padding }) => [
    header,
    ...(sliceParts([range], start, length) as (BodyPart & LocalPart)[]),
    padding,
  ]);
}
