import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Writes bytes to the end, however little the file takes at a time: at a position in it, or behind what was written last. */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += writeSync(fd, bytes, done, null, at);
  }
}

/** The same without blocking anybody: at a position in the file, or behind what was written last. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    const { bytesWritten } = await file.write(bytes, done, null, at);
    done += bytesWritten;
  }
}
