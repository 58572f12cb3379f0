import { whyUnsafe } from '../../directory/safe-path.js';
import { RANGE_BYTES } from '../../source/s3/ranged-download.js';
import { forEachAtOnce } from '../for-each-at-once.js';
import { cannotBeRestored } from './checkpoint-errors.js';
import type { CheckpointStore, StoredFile } from './checkpoint-store.js';
import type { HostFiles } from './host-files.js';
import { RestoredFile } from './restored-file.js';

/** Ranges that are fetched at a time, each over a connection of its own. They go to the disk as they come. */
const RANGES_AT_ONCE = 16;

/** A range of a file. */
interface Piece {
  readonly stored: StoredFile;
  readonly file: RestoredFile;
  readonly start: number;
  readonly end: number;
}

/**
 * Fills the directories of the hosts with what is at the destination. If it fails, what it has written is removed.
 *
 * @throws {@link PipeModeError} `S3_…`, `SOURCE_…`, `UNSAFE_KEY`, `KEY_COLLISION`, `DEST_…`; the signal's reason
 */
export async function restore(
  store: CheckpointStore,
  hosts: readonly HostFiles[],
  signal: AbortSignal,
): Promise<void> {
  const restoration = new Restoration(store, hosts);
  try {
    await forEachAtOnce(
      RANGES_AT_ONCE,
      signal,
      (either) => restoration.pieces(either),
      (piece, either) => restoration.fetch(piece, either),
    );
  } catch (error) {
    await restoration.discard();
    throw error;
  }
}

class Restoration {
  readonly #store: CheckpointStore;
  readonly #hosts: readonly HostFiles[];
  /** The keys of those that are complete. */
  readonly #complete: string[] = [];
  /** How many pieces of a file are missing. */
  readonly #missing = new Map<RestoredFile, number>();

  constructor(store: CheckpointStore, hosts: readonly HostFiles[]) {
    this.#store = store;
    this.#hosts = hosts;
  }

  async *pieces(signal: AbortSignal): AsyncGenerator<Piece, void> {
    for await (const stored of this.#store.list(signal)) {
      this.#check(stored);
      const file = new RestoredFile(stored, this.#hosts);
      const count = Math.max(1, Math.ceil(stored.size / RANGE_BYTES));
      this.#missing.set(file, count);
      for (let start = 0; start < stored.size || start === 0; start += RANGE_BYTES)
        yield { stored, file, start, end: Math.min(start + RANGE_BYTES, stored.size) };
    }
  }

  async fetch({ stored, file, start, end }: Piece, signal: AbortSignal): Promise<void> {
    await file.make(); // not where pieces are listed, one after the other
    let position = start;
    for await (const chunk of stored.read(start, end, signal)) {
      await file.write(chunk, position);
      position += chunk.length;
    }
    const missing = this.#missing.get(file)! - 1;
    this.#missing.set(file, missing);
    if (missing > 0) return;
    await file.finish();
    this.#missing.delete(file);
    this.#complete.push(file.key);
  }

  /** Removes everything. */
  async discard(): Promise<void> {
    for (const file of this.#missing.keys()) await file.discard();
    for (const key of this.#complete) await Promise.all(this.#hosts.map((host) => host.remove(key)));
  }

  #check({ key }: StoredFile): void {
    for (const { directory } of this.#hosts) {
      const why = whyUnsafe(key, directory);
      if (why !== undefined) throw cannotBeRestored(key, why);
    }
  }
}
