import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { FileStatus } from '../../fs/file-errors.js';
import { writeWhole } from '../../fs/write-all.js';
import { isSystemError } from '../local-file.js';
import { notRestored } from './checkpoint-errors.js';
import type { StoredFile } from './checkpoint-store.js';
import type { HostFiles } from './host-files.js';

/** How long ago a file was written at least, in milliseconds: then every change shows in its times from now on. */
const SETTLED_MS = 2000;

interface Copy {
  readonly host: HostFiles;
  readonly path: string;
  readonly file: FileHandle;
}

/** A file that is being restored, in the directories of all hosts at once. */
export class RestoredFile {
  readonly #stored: StoredFile;
  readonly #hosts: readonly HostFiles[];
  /** Those that were made. */
  readonly #copies: Copy[] = [];
  #made: Promise<void> | undefined;

  constructor(stored: StoredFile, hosts: readonly HostFiles[]) {
    this.#stored = stored;
    this.#hosts = hosts;
  }

  get key(): string {
    return this.#stored.key;
  }

  /**
   * Makes it, once: whoever fetches a part of it waits for that.
   *
   * @throws {@link PipeModeError} `KEY_COLLISION`, `DEST_NOT_WRITABLE`, `TOO_MANY_OPEN_FILES`
   */
  make(): Promise<void> {
    return (this.#made ??= allSettledOrThrow(this.#hosts.map((host) => this.#makeIn(host))));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#inAll(({ file }) => writeWhole(file, bytes, position));
  }

  /** Ends it, with the time at which it was written, by which some choose the latest checkpoint. */
  async finish(): Promise<void> {
    const latest = Date.now() - SETTLED_MS;
    const modified = new Date(Math.min(this.#stored.modified?.getTime() ?? latest, latest));
    await this.#inAll(async ({ host, file }) => {
      await file.utimes(modified, modified);
      const { size, mtimeMs, ctimeMs, ino } = await file.stat();
      await file.close();
      const status: FileStatus = { size, mtimeMs, ctimeMs, ino };
      host.noteRestored(this.key, status);
    });
  }

  /** Removes what there is of it. */
  async discard(): Promise<void> {
    await this.#made?.catch(() => undefined);
    for (const { host, file } of this.#copies) {
      await file.close().catch(() => undefined); // it may be closed
      await host.remove(this.key);
    }
  }

  async #makeIn(host: HostFiles): Promise<void> {
    const path = host.pathOf(this.key);
    try {
      this.#copies.push({ host, path, file: await create(path) });
    } catch (error) {
      throw notRestored(this.key, path, error);
    }
  }

  async #inAll(act: (copy: Copy) => Promise<void>): Promise<void> {
    await allSettledOrThrow(
      this.#copies.map((copy) =>
        act(copy).catch((error: unknown) => {
          throw isSystemError(error) ? notRestored(this.key, copy.path, error) : error;
        }),
      ),
    );
  }
}

/** When it fails, nothing is under way any more. */
async function allSettledOrThrow(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** Makes a file that is not there, and the directories above it. */
async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, 'wx');
  }
}
