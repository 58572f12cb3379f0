import { Readable } from 'node:stream';

/** What precedes every piece of output: a byte that says which, three zeros, and the length. */
const HEADER_BYTES = 8;

/**
 * The output in a connection that carries only one, as engines send it. dockerode's own demultiplexer takes whatever
 * comes, however slowly it is read; this one holds the engine up, and so the program.
 */
export class AttachedOutput extends Readable {
  readonly #connection: Readable;
  #header = Buffer.alloc(0);
  /** How much of the present piece has not come. */
  #left = 0;
  #isDraining = false;

  constructor(connection: Readable) {
    super();
    this.#connection = connection;
    connection.on('data', (chunk: Buffer) => this.#take(chunk));
    connection.on('close', () => this.push(null));
    connection.on('error', () => undefined); // it closes, and nothing more comes
    connection.pause();
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
    if (!this.push(piece) && !this.#isDraining) this.#connection.pause();
    return piece.length;
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const more = chunk.subarray(at, at + HEADER_BYTES - this.#header.length);
    this.#header = Buffer.concat([this.#header, more]);
    if (this.#header.length === HEADER_BYTES) {
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return more.length;
  }
}
