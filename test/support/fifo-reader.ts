import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How a FIFO is when nothing more can be read from it: its writer holds it open, or has closed it. */
export type FifoEnd = 'held' | 'closed';

/**
 * A reader in this process that never blocks. It can prove what no waiting can: that a reader has not seen the
 * end of the data. `EAGAIN` says that a writer holds the FIFO open; no bytes say that none does.
 */
export class FifoProbe {
  #fd: number | undefined;

  /** Opens a FIFO that exists. Before its writer has come, it looks as if it were closed. */
  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** All that can be read right now, up to `limit` bytes, and how the FIFO is after that. */
  available(limit = Infinity): { bytes: Buffer; end: FifoEnd | 'limit' } {
    const chunks: Buffer[] = [];
    for (let left = limit; left > 0;) {
      const chunk = Buffer.alloc(Math.min(65_536, left));
      try {
        const length = readSync(this.#fd!, chunk);
        if (length === 0) return { bytes: Buffer.concat(chunks), end: 'closed' };
        chunks.push(chunk.subarray(0, length));
        left -= length;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        return { bytes: Buffer.concat(chunks), end: 'held' };
      }
    }
    return { bytes: Buffer.concat(chunks), end: 'limit' };
  }

  /** Exactly so many bytes; rejects at an end before. */
  async read(length: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let left = length; left > 0;) {
      const { bytes, end } = this.available(left);
      chunks.push(bytes);
      left -= bytes.length;
      if (end === 'closed') throw new Error(`The FIFO ended ${left} bytes before it should`);
      if (left > 0) await nextTurn();
    }
    return Buffer.concat(chunks);
  }

  /** Everything until the writer closes the FIFO. Only for a FIFO whose writer has come. */
  async rest(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const { bytes, end } = this.available();
      chunks.push(bytes);
      if (end === 'closed') return Buffer.concat(chunks);
      await nextTurn();
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Reads a FIFO that exists to its end, through the event loop: it waits for the writer to come and takes no
 * thread. With `closeAfter`, it leaves as soon as it has so many bytes.
 */
export function readFifo(path: string, { closeAfter = Infinity } = {}): Promise<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= closeAfter) socket.destroy();
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}
