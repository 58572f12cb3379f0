import { once } from 'node:events';

/** How much waits for a reader until it is far behind, in bytes. */
const MOST_WAITING = 1024 * 1024;

/** Where the command writes. Whoever reads it may be slow, and may leave: the algorithm's data goes on. */
class Output {
  readonly #stream: NodeJS.WriteStream;
  /** Aborted when nobody reads it any more. */
  readonly #left = new AbortController();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EAGAIN') this.abandon(); // which is a terminal's that was busy
    });
  }

  /** Whether it is still worth writing to. */
  get isRead(): boolean {
    return !this.#left.signal.aborted;
  }

  /** Whether its reader is far behind. */
  get isBehind(): boolean {
    return this.#stream.writableLength > MOST_WAITING;
  }

  writeLine(line: string): void {
    if (this.isRead) this.#stream.write(`${line}\n`);
  }

  /** Resolves when its reader has kept up, or has left. */
  async hasRoom(): Promise<void> {
    if (!this.isRead || !this.#stream.writableNeedDrain) return;
    await once(this.#stream, 'drain', { signal: this.#left.signal }).catch(() => undefined); // has left
  }

  /** Resolves when its reader has got everything, or has left. */
  async flushed(): Promise<void> {
    const { signal } = this.#left;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.#stream.write('', () => resolve());
    });
  }

  /** From now on nobody waits for its reader. */
  abandon(): void {
    this.#left.abort();
  }
}

/** The outputs of the command. The reader of a pipe may leave (`| head -1`), and a terminal may go away. */
export const outputs = { stdout: new Output(process.stdout), stderr: new Output(process.stderr) } as const;
