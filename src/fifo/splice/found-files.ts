// Runs in the thread that writes into pipes.
import type { ListedDirectories } from '../../source/file/listed-directories.js';
import { fileStatusOf, type FoundFile, type Skipped, walkFiles } from '../../source/file/walk.js';

/** How many files are looked at before their turn, at least and at most. */
const AHEAD = { atLeast: 256, atMost: 512 } as const;

/**
 * The files below a path, in order, as they are found. What is wrong with the listing comes to light when everything before
 * it had its turn.
 */
export class FoundFiles {
  readonly #files: Iterator<FoundFile | Skipped, undefined>;
  readonly #onSkipped: (skipped: Skipped) => void;
  /** Those that were taken and given back: they come first. */
  #returned: FoundFile[] = [];
  #ahead: FoundFile[] = [];
  #first = 0;
  #end: { readonly error?: unknown } | undefined;
  /** How many bytes those have together that were looked at. */
  bytesAhead = 0;
  /** How many were found so far. */
  count = 0;

  constructor(root: string, directories: ListedDirectories, onSkipped: (skipped: Skipped) => void) {
    this.#onSkipped = onSkipped;
    this.#files = lazily(root, directories);
  }

  /** The next file, again and again until `shift()`; `undefined` after the last. */
  peek(): FoundFile | undefined {
    if (this.#returned.length > 0) return this.#returned[0];
    const next = this.#nextFound();
    if (!next && this.#end && 'error' in this.#end) throw this.#end.error;
    return next;
  }

  shift(): void {
    const { stats } = this.#returned.shift() ?? this.#ahead[this.#first++]!;
    if (stats) this.bytesAhead -= stats.size;
  }

  get hasReturned(): boolean {
    return this.#returned.length > 0;
  }

  /** Takes some of the next files of one directory, as far as nobody has looked at them. */
  takeUnlisted(most: number): FoundFile[] {
    const taken: FoundFile[] = [];
    for (; taken.length < most; this.#first++) {
      const next = this.#nextFound();
      if (!next || next.stats || (taken.length > 0 && taken[0]!.base !== next.base)) break;
      taken.push(next);
    }
    return taken;
  }

  /** Puts files back that were taken, before all others. */
  giveBack(files: readonly FoundFile[]): void {
    this.#returned.push(...files);
  }

  /** Notes the status of the next file. */
  note(file: FoundFile, stats: NonNullable<FoundFile['stats']>): void {
    this.bytesAhead += stats.size - (file.stats?.size ?? 0);
    file.stats = stats;
  }

  /**
   * Looks at the files that come next, before something that takes long is written: as when everything is listed
   * beforehand, a change in the meantime is found out, and it is known how much there is behind it.
   */
  lookAhead(): void {
    if (this.#ahead.length - this.#first >= AHEAD.atLeast) return;
    this.#ahead = this.#ahead.slice(this.#first);
    this.#first = 0;
    while (this.#ahead.length < AHEAD.atMost && !this.#end) {
      this.#pull();
      const file = this.#ahead.at(-1);
      if (!file || file.stats) continue;
      try {
        this.note(file, fileStatusOf(file));
      } catch (error) {
        this.#ahead.pop();
        this.#end = { error };
      }
    }
  }

  /** The next file that nobody has taken. */
  #nextFound(): FoundFile | undefined {
    if (this.#first === this.#ahead.length) {
      this.#ahead = [];
      this.#first = 0;
      this.#pull();
    }
    return this.#ahead[this.#first];
  }

  /** Adds the next file that is not passed over, if there is one. */
  #pull(): void {
    try {
      while (!this.#end) {
        const { done, value } = this.#files.next();
        if (done) this.#end = {};
        else if ('reason' in value) this.#onSkipped(value);
        else {
          this.#ahead.push(value);
          this.count++;
          this.bytesAhead += value.stats?.size ?? 0;
          return;
        }
      }
    } catch (error) {
      this.#end = { error };
    }
  }
}

/** Begins when it is asked for the first file. */
function* lazily(root: string, directories: ListedDirectories): Generator<FoundFile | Skipped, undefined> {
  yield* walkFiles(root, directories);
  return undefined;
}
