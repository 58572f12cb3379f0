import { EventEmitter, once } from 'node:events';
import * as fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';

import { PipeModeError } from '../errors.js';
import type { LogBatch } from './log-batch.js';
import type { LogEvent } from './log-event.js';
import { formatLines, parseLine } from './log-format.js';

/** How much a reader of the log reads at a time, in bytes. */
const CHUNK_BYTES = 64 * 1024;

const readChunk = promisify(fs.read);

/**
 * The log of a host: all lines, in a file, so that nothing is lost and nothing has to be held. Whoever reads it is as far
 * behind as he likes, and may come late.
 */
export class LogFile {
  readonly path: string;
  readonly host: string;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #file: FileHandle | undefined;
  /** How many bytes are in the file. */
  #size = 0;
  #isOver = false;

  constructor(path: string, host: string) {
    this.path = path;
    this.host = host;
  }

  /**
   * Adds lines. Resolves when they are in the file; not called again before.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`
   */
  async append(batches: readonly LogBatch[]): Promise<void> {
    const bytes = Buffer.from(batches.map(formatLines).join(''));
    try {
      this.#file ??= await open(this.path, 'a');
      await this.#file.writeFile(bytes);
    } catch (cause) {
      const what = `Cannot write the log of ${this.host}, "${this.path}": ${(cause as Error).message}.`;
      const advice = 'Make room on its file system, or have it elsewhere with the option `directory`.';
      throw new PipeModeError('WRITE_FAILED', `${what} ${advice}`, { path: this.path, cause });
    }
    this.#size += bytes.length;
    this.#changes.emit('change');
  }

  /** Says that nothing more comes, which ends those who read. */
  async end(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#isOver = true;
    this.#changes.emit('change');
  }

  /**
   * From the first line on; waits for more until the end. A file that is removed goes on to be read by who has begun.
   *
   * @throws {@link PipeModeError} `READ_FAILED`
   */
  async *read(): AsyncGenerator<LogEvent, void, undefined> {
    let descriptor: number | undefined;
    let position = 0;
    let rest: Buffer = Buffer.alloc(0);
    try {
      for (;;) {
        if (position === this.#size) {
          if (this.#isOver) return;
          await once(this.#changes, 'change');
          continue;
        }
        descriptor ??= this.#openToRead();
        const chunk = await readAt(descriptor, position, Math.min(CHUNK_BYTES, this.#size - position));
        if (chunk.length === 0) return; // somebody has cut it off
        position += chunk.length;
        const end = chunk.lastIndexOf('\n');
        if (end < 0) {
          rest = Buffer.concat([rest, chunk]);
          continue;
        }
        const lines = Buffer.concat([rest, chunk.subarray(0, end)])
          .toString()
          .split('\n');
        rest = chunk.subarray(end + 1);
        for (const line of lines) {
          const event = parseLine(line, this.host);
          if (event !== undefined) yield event;
        }
      }
    } finally {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    }
  }

  /** At once, for the file may be removed next. No `FileHandle`: Node throws when it collects one that was left alone. */
  #openToRead(): number {
    try {
      return fs.openSync(this.path, 'r');
    } catch (cause) {
      const what = `Cannot read the log of ${this.host}, "${this.path}": ${(cause as Error).message}.`;
      const advice =
        'It is removed when the job is disposed of: begin to read before that, or keep it with the option `directory`.';
      throw new PipeModeError('READ_FAILED', `${what} ${advice}`, { path: this.path, cause });
    }
  }
}

async function readAt(descriptor: number, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await readChunk(descriptor, Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
