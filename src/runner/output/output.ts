import { closeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { Readable, type ReadableOptions } from 'node:stream';

import { makePipe, type Pipe, PIPE_BYTES } from './pipe.js';
import { StreamLines } from './stream-lines.js';

/** Where what a program writes goes: it can be read as lines, or goes where this process writes, as it is. */
export type OutputTarget = 'lines' | 'inherit';

/** One output of a program: a pipe. What goes where this process writes has no lines. */
export class Output extends StreamLines {
  /** The end that the program gets. */
  readonly writing: number;
  readonly #isOwn: boolean;
  #isHanded = false;

  private constructor({ reading, writing }: Partial<Pipe> & Pick<Pipe, 'writing'>) {
    super(reading === undefined ? Readable.from([]) : streamFrom(reading));
    this.writing = writing;
    this.#isOwn = reading === undefined;
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
    if (this.#isHanded || this.#isOwn) return;
    this.#isHanded = true;
    closeSync(this.writing);
  }

  /** Whatever has not been read is lost, and a program that still writes gets SIGPIPE. */
  override async close(): Promise<void> {
    this.handedOver();
    await super.close();
  }
}

/** It is read as it comes, and what has come while nobody asked is handed over at once. */
function streamFrom(fd: number): Readable {
  const options: SocketConstructorOpts & ReadableOptions = {
    fd,
    readable: true,
    writable: false,
    highWaterMark: PIPE_BYTES,
  };
  return new Socket(options);
}
