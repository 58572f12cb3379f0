import { PipeModeError } from '../../errors.js';
import { isBytes } from '../../options/checks.js';
import { check, expected } from '../../options/expected.js';
import { payloadTooLarge } from '../serving-errors.js';

/**
 * What is sent to a model: text, bytes, a `Blob` (a file, by `openAsBlob` of `node:fs`), or bytes that come one after the
 * other: a stream, or any other iterable. They are not held.
 */
export type InvocationBody = string | Uint8Array | Blob | AsyncIterable<Uint8Array | string>;

/** How long a payload may be, and has to be. */
export interface PayloadLength {
  readonly mostBytes: number;
  /** What the caller says of one whose length nobody knows. */
  readonly contentLength: number | undefined;
}

/** A payload, ready to be sent. */
export class Payload {
  /** How long it is, in bytes; `undefined` of what is still to come. */
  readonly length: number | undefined;
  readonly #body: Uint8Array | AsyncIterable<Uint8Array | string>;
  readonly #mostBytes: number;
  /** The only one of that iterable: some give what they have to each, and others cannot be read twice. */
  #iterator: AsyncIterator<Uint8Array | string> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #sent = 0;
  #isOver = false;

  /** @throws {@link PipeModeError} `INVALID_OPTION`, `PAYLOAD_TOO_LARGE` */
  constructor(body: InvocationBody, { mostBytes, contentLength }: PayloadLength) {
    this.#mostBytes = mostBytes;
    check('body', 'text, bytes, a Blob, or an async iterable of bytes', body, isBody);
    if (typeof body === 'string' || isBytes(body)) {
      this.#body = typeof body === 'string' ? Buffer.from(body) : body;
      this.length = this.#body.length;
    } else if (isBlob(body)) {
      this.#body = body.stream() as AsyncIterable<Uint8Array>;
      this.length = body.size;
    } else {
      this.#body = body;
      this.length = contentLength;
    }
    try {
      if ((this.length ?? 0) > mostBytes) throw payloadTooLarge('The payload', mostBytes, this.length);
      if (contentLength !== undefined && contentLength !== this.length)
        throw otherLength(contentLength, this.length!);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What it has failed with by itself, when it was read. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** How much of it was given to the connection, if that is not all: in bytes. */
  get sentSoFar(): number | undefined {
    return isBytes(this.#body) || this.#isOver || this.#sent === this.length ? undefined : this.#sent;
  }

  /** What the client sends: asked for each time that it is tried, and read in one of them only. */
  open(): Uint8Array | AsyncIterable<Uint8Array> {
    return isBytes(this.#body) ? this.#body : this.#counted(this.#body);
  }

  /** Nothing more of it is wanted: the caller's stream is closed, whether it was begun with or not. */
  close(): void {
    const body = this.#body;
    if (isBytes(body) || this.#isOver) return;
    try {
      if (isReadable(body)) body.destroy(); // its iterator does that only if it was begun with
      Promise.resolve(this.#iteratorOf(body).return?.()).catch(() => undefined);
    } catch {
      // it is locked: whoever reads it closes it
    }
  }

  #iteratorOf(body: AsyncIterable<Uint8Array | string>): AsyncIterator<Uint8Array | string> {
    return (this.#iterator ??= body[Symbol.asyncIterator]());
  }

  async *#counted(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const given of { [Symbol.asyncIterator]: () => this.#iteratorOf(body) }) {
        const chunk = typeof given === 'string' ? Buffer.from(given) : given;
        if (!isBytes(chunk)) throw expected('body', 'an async iterable of bytes', chunk);
        bytes += chunk.length;
        if (bytes > this.#mostBytes) throw payloadTooLarge('The payload', this.#mostBytes);
        if (bytes > (this.length ?? Infinity)) throw otherLength(this.length!, bytes);
        this.#sent = bytes;
        yield chunk;
      }
      this.#isOver = true;
      if (bytes !== (this.length ?? bytes)) throw otherLength(this.length!, bytes);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

function otherLength(said: number, found: number): PipeModeError {
  const message = `Expected the body to have ${said} bytes, as \`contentLength\` says, but it has ${found}, or more. Leave \`contentLength\` out, or say what it has.`;
  return new PipeModeError('INVALID_INVOCATION', message);
}

function isBody(value: unknown): boolean {
  return typeof value === 'string' || isBytes(value) || isBlob(value) || isIterable(value);
}

/** Not by `instanceof`, which fails for those of another realm. */
function isBlob(value: unknown): value is Blob {
  return ['[object Blob]', '[object File]'].includes(Object.prototype.toString.call(value));
}

/** A stream of Node's, of whatever realm. */
function isReadable(value: object): value is { destroy(): unknown } {
  return 'destroy' in value && typeof value.destroy === 'function';
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
