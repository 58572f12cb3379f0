import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';

import type { LogLine, LogStream } from '../runner.js';
import { LineSplitter } from './log-lines.js';
import { makePipe, type Pipe } from './pipe.js';

/** Where what a program writes goes: it can be read as lines, or goes where this process writes, as it is. */
export type OutputTarget = 'lines' | 'inherit';

/**
 * One output of a program: a pipe, of which lines are read as they are asked for. What is held is a chunk, and a line of
 * which the end has not come. What goes where this process writes has no lines.
 */
export class Output implements LogStream {
  /** The end that the program gets. */
  readonly writing: number;
  readonly #socket: Socket | undefined;
  readonly #splitter = new LineSplitter();
  #isHanded = false;

  private constructor(pipe: Partial<Pipe> & Pick<Pipe, 'writing'>) {
    this.writing = pipe.writing;
    if (pipe.reading === undefined) return;
    this.#socket = new Socket({ fd: pipe.reading, readable: true, writable: false });
    this.#socket.on('error', () => undefined); // nothing more comes: it ends
  }

  /**
   * @param own - the descriptor of this process that may be handed down
   * @throws {@link PipeModeError} `TOO_MANY_OPEN_FILES`, `RUNNER_FAILED`
   */
  static async open(target: OutputTarget, own: 1 | 2): Promise<Output> {
    return new Output(target === 'lines' ? await makePipe() : { writing: own });
  }

  /** To be called when the program has its end: as long as it is open here, too, the output does not end. */
  handedOver(): void {
    if (this.#isHanded || this.#socket === undefined) return;
    this.#isHanded = true;
    closeSync(this.writing);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly LogLine[]> {
    if (this.#socket === undefined) return;
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        const lines = this.#splitter.push(chunk as Buffer);
        if (lines.length > 0) yield lines;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
    const last = this.#splitter.end();
    if (last.length > 0) yield last;
  }

  /** Whatever has not been read is lost, and a program that still writes gets SIGPIPE. */
  async close(): Promise<void> {
    this.handedOver();
    if (this.#socket === undefined) return;
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }
}
