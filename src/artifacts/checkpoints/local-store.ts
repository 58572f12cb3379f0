import { realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { PartsBody } from '../../body/parts-body.js';
import { type FileStatus, listedAs } from '../../fs/file-errors.js';
import { makeDirectory } from '../../fs/make-directory.js';
import { filesOf } from '../../source/file/walk.js';
import { iterateTask } from '../../workers/run-task.js';
import { ioThread } from '../../workers/threads.js';
import { writeLocalFile } from '../local-file.js';
import { notRemoved } from './checkpoint-errors.js';
import type { CheckpointStore, FileToStore, StoredFile } from './checkpoint-store.js';
import { SCAN } from './scan-task.js';

/** Checkpoints in a directory of this machine. */
export class LocalStore implements CheckpointStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws {@link PipeModeError} `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE` */
  open(): void {
    makeDirectory(this.#root);
  }

  async *list(signal: AbortSignal): AsyncGenerator<StoredFile> {
    for await (const batch of iterateTask(ioThread, SCAN, { root: this.#root }, signal))
      for (const { key, status } of filesOf(batch)) yield storedFile(key, join(this.#root, key), status);
  }

  async write({ key, modified, body }: FileToStore, signal: AbortSignal): Promise<void> {
    await writeLocalFile(until(signal, body), join(this.#root, key), modified);
  }

  /** And the directories that it leaves empty: where they stood a file may come. */
  async remove(key: string): Promise<void> {
    const path = join(this.#root, key);
    if (await isReachedByLinks(this.#root, dirname(key))) return;
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw notRemoved(key, path, error);
    }
    for (let folder = dirname(key); folder !== '.'; folder = dirname(folder))
      if (!(await isRemoved(join(this.#root, folder)))) return;
  }

  close(): void {
    // nothing is open
  }
}

/** Whether a folder is behind a link of somebody's: what is there has another name, too. */
async function isReachedByLinks(root: string, folder: string): Promise<boolean> {
  try {
    return (await realpath(join(root, folder))) !== join(await realpath(root), folder);
  } catch {
    return false; // it is not there
  }
}

/** Removes a directory if it is empty. */
async function isRemoved(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch {
    return false;
  }
}

function storedFile(key: string, path: string, status: FileStatus): StoredFile {
  return {
    key,
    size: status.size,
    modified: new Date(status.mtimeMs),
    read: (start, end, signal) =>
      until(signal, new PartsBody([{ path, offset: start, length: end - start, ...listedAs(status) }])),
  };
}

async function* until(
  signal: AbortSignal,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
