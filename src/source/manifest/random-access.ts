import { closeSync, constants, fstatSync, openSync } from 'node:fs';

import type { FileRange } from '../../body/body.js';
import { fileChange, unusablePath } from '../../fs/file-errors.js';
import { reusedChunks } from '../../body/reused-chunks.js';
import { openTemporaryFile } from '../../body/temporary-file.js';
import type { Connection } from '../s3/connection.js';
import { type Location, readLocation, rangeOfFile } from './location.js';

/** A manifest that can be read at any place, once its content has been read from beginning to end. */
export interface RandomAccess {
  /** A chunk lasts until the next one is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
  range(offset: number, length: number): FileRange;
  /** @throws {@link PipeModeError} if it is not what it was at first */
  check(): void;
  /** May be called again. */
  close(): void;
}

/** @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `TEMPORARY_FILE_FAILED` */
export function openRandomAccess(
  manifest: Location,
  connection: Connection,
  signal: AbortSignal,
): RandomAccess {
  if (manifest.kind === 'file') return openFile(manifest.path);
  return openCopy(readLocation(manifest, connection, signal), manifest.key);
}

function openFile(path: string): RandomAccess {
  const listed = rangeOfFile(path);
  const fd = openOrThrow(path);
  return {
    content: reusedChunks({ ...listed, fd }),
    range: (offset, length) => ({ path, fd, offset, length }),
    check() {
      const change = fileChange(listed, fstatSync(fd));
      if (change) throw change;
    },
    close: once(() => closeSync(fd)),
  };
}

function openOrThrow(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unusablePath(path, error);
  }
}

/** Written while it is read: a request for every line would take far longer. */
function openCopy(bytes: AsyncIterable<Uint8Array>, name: string): RandomAccess {
  const { fd, writer } = openTemporaryFile('to keep the lines of a manifest in');
  return {
    content: copyTo(writer, bytes),
    range: (offset, length) => ({ path: `temporary copy of ${name}`, fd, offset, length }),
    check: () => undefined,
    close: once(() => {
      closeSync(fd);
    }),
  };

  async function* copyTo(file: typeof writer, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        const copy = new Uint8Array(chunk); // it is sent away, and the chunk is used
        await file.next(copy, [copy.buffer]);
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
