// Runs in the thread that writes into pipes.
import type { BodyPart, LocalPart } from '../../body/body.js';
import { sliceParts } from '../../body/slice-parts.js';
import type { FileStatus } from '../../fs/file-errors.js';
import type { ListedDirectories } from '../../source/file/listed-directories.js';
import type { FoundFile } from '../../source/file/walk.js';
import { recordParts, recordSize } from '../../recordio/framing.js';
import { type Feed, type FeedItem, LONG_BYTES } from './feed.js';
import type { FileAccess } from './file-access.js';
import { FoundFiles } from './found-files.js';
import { looksLarge } from './looks-large.js';
import { PartsFeed } from './parts-feed.js';
import type { FilesBelow, FilesProgress } from './pump-messages.js';
import { type Helper, ReadAhead } from './read-ahead.js';
import { stageFile } from './read-block.js';
import { SentObjects } from './sent-objects.js';
import { BLOCK_FILES } from './slots.js';
import { rangeOf, SmallFiles } from './small-files.js';

/** As long as one block is filled, in milliseconds: files may come from a slow disk. */
const BLOCK_MS = 4;
/** From how many files on another thread is worth its start. */
const MANY_FILES = 2000;
/** How much a block should have, in bytes, as far as the files before tell. */
const BLOCK_TARGET_BYTES = 160 * 1024;
const FEWEST_FILES = 8;
const NOTHING = new Uint8Array(0);
/** How many files are read between two looks at the clock. */
const FILES_PER_LOOK = 16;

/** What a feed of a directory needs. */
export interface DirectoryFeedInput extends FilesBelow {
  readonly files: FileAccess;
  /** What is known of directories since earlier epochs. */
  readonly directories: ListedDirectories;
  readonly taken: Float64Array;
  readonly onProgress: (progress: FilesProgress) => void;
  readonly onEnd: () => void;
  /** A thread that helps to read, where there is one; asked for when there are many files. */
  readonly getHelper?: (() => Helper | undefined) | undefined;
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
  #ahead: ReadAhead | undefined;
  readonly #isLarge: boolean;

  constructor(input: DirectoryFeedInput) {
    const { root, directories, files, taken, onProgress } = input;
    this.#input = input;
    this.#isLarge = looksLarge(root);
    this.#found = new FoundFiles(root, directories, (skipped) => {
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
    this.#readAhead();
    if (!this.#found.hasReturned && this.#ahead && !this.#ahead.isEmpty) return this.#takeAhead(this.#ahead);
    return this.#gather(stage);
  }

  report(): void {
    this.#sent.reportSome();
  }

  onEnd(): void {
    this.#sent.reportAll();
    this.#letGo();
    this.#input.onEnd();
  }

  close(): void {
    this.#sent.reportTaken();
    this.#letGo();
  }

  #letGo(): void {
    this.#ahead?.close();
    this.#ahead = undefined;
    this.#small.close();
  }

  /** Has small files read ahead by another thread, once there are many of them. */
  #readAhead(): void {
    const { getHelper, isRecordIO } = this.#input;
    if (!getHelper || !(this.#isLarge || this.#found.count >= MANY_FILES)) return;
    const helper = getHelper();
    if (!helper) return;
    this.#ahead ??= new ReadAhead(helper, this.#small, isRecordIO);
    this.#ahead.fill(() => this.#found.takeUnlisted(this.#filesPerBlock()));
  }

  /** As many as will have room, as far as those before tell. */
  #filesPerBlock(): number {
    const count = Math.floor(BLOCK_TARGET_BYTES / Math.max(this.#sent.averageBytes, 1));
    return Math.max(Math.min(count, BLOCK_FILES), FEWEST_FILES);
  }

  /** What was read ahead: nothing yet if the other thread is slow. */
  #takeAhead(ahead: ReadAhead): Uint8Array {
    const read = ahead.next();
    if (!read) return NOTHING;
    read.files.forEach(({ key }, index) => {
      this.#sent.add(key, read.lengths[index]!);
    });
    this.#found.giveBack(read.rest);
    return read.data;
  }

  /** Fills the stage with small files, or begins a long one; `undefined` at the end. Empty if it has taken too long. */
  #gather(stage: Uint8Array): FeedItem | undefined {
    const until = performance.now() + BLOCK_MS;
    let staged = 0;
    for (let count = 1; ; count++) {
      if (this.#mustStop()) break;
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

  /** What was given back is done, and what was read ahead comes next. */
  #mustStop(): boolean {
    return !this.#found.hasReturned && this.#ahead?.isEmpty === false;
  }

  #peek(): FoundFile | undefined {
    try {
      return this.#found.peek();
    } catch (error) {
      this.#input.onProgress({ isListingFailed: true });
      throw error;
    }
  }

  /** Reads a small file; `undefined` if it has to be looked at again. */
  #stage(file: FoundFile, free: Uint8Array): number | 'no room' | undefined {
    const staged = stageFile(this.#small, file, free, this.#input.isRecordIO);
    if (staged === 'no room') return staged;
    if (typeof staged !== 'number') {
      this.#found.note(file, staged);
      return undefined;
    }
    this.#found.shift();
    this.#sent.add(file.key, staged);
    return staged;
  }

  #beginLong(file: FoundFile, stats: FileStatus): PartsFeed {
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
