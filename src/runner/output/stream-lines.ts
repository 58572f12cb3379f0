import { once } from 'node:events';
import type { Readable } from 'node:stream';

import type { LogLine, LogStream } from '../runner.js';
import { LineSplitter } from './log-lines.js';

/** The lines of a stream, read as they are asked for. What is held is a chunk, and a line of which the end has not come. */
export class StreamLines implements LogStream {
  readonly #stream: Readable;
  readonly #splitter = new LineSplitter();

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('error', () => undefined); // nothing more comes: it ends
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly LogLine[]> {
    try {
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        const lines = this.#splitter.push(chunk as Buffer);
        if (lines.length > 0) yield lines;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
    const last = this.#splitter.end();
    if (last.length > 0) yield last;
  }

  /** Whatever has not been read is lost. */
  async close(): Promise<void> {
    this.#stream.destroy();
    if (!this.#stream.closed) await once(this.#stream, 'close');
  }
}
