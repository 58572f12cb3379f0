import { Readable } from 'node:stream';

/** What precedes every piece of output: a byte that says which, three zeros, and the length. */
const HEADER_BYTES = 8;

/** What the first byte says. */
const STREAMS = { stdout: 1, stderr: 2 } as const;

/**
 * One of the outputs in a connection, as engines send them: Docker only the one that was asked for, Podman both. dockerode's
 * own demultiplexer takes whatever comes, however slowly it is read; this one holds the engine up, and so the program.
 */
export class AttachedOutput extends Readable {
  readonly #connection: Readable;
  readonly #wanted: number;
  #header = Buffer.alloc(0);
  /** How much of the present piece has not come. */
  #left = 0;
  #isWanted = true;
  #isDraining = false;

  constructor(connection: Readable, stream: keyof typeof STREAMS) {
    super();
    this.#connection = connection;
    this.#wanted = STREAMS[stream];
    connection.on('data', (chunk: Buffer) => this.#take(chunk));
    connection.on('close', () => this.push(null));
    connection.on('error', () => undefined); // it closes, and nothing more comes
  }

  /**
   * Takes all that is left, however slowly it is read. It is no more than what is in a few buffers when the program has
   * ended, and the engine throws it away if nobody has taken it two seconds later.
   */
  drain(): void {
    this.#isDraining = true;
    this.#connection.resume();
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length)
      at += this.#left > 0 ? this.#takeOutput(chunk, at) : this.#takeHeader(chunk, at);
  }

  #takeOutput(chunk: Buffer, at: number): number {
    const piece = chunk.subarray(at, at + this.#left);
    this.#left -= piece.length;
    if (this.#isWanted && !this.push(piece) && !this.#isDraining) this.#connection.pause();
    return piece.length;
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const more = chunk.subarray(at, at + HEADER_BYTES - this.#header.length);
    this.#header = Buffer.concat([this.#header, more]);
    if (this.#header.length === HEADER_BYTES) {
      this.#isWanted = this.#header[0] === this.#wanted;
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return more.length;
  }
}
