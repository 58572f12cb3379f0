import type { Socket } from 'node:net';

import type { Dispatcher, Pool } from 'undici';

import { isBytes } from '../../options/checks.js';
import { loadUndici } from './undici.js';

/** For how long to keep a connection that nobody uses, unless the server says: gunicorn closes its own after 2 s. */
const KEPT_MS = 1000;

/** What is sent to a server. */
export interface ServerRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values, without the length of the body. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** How long the body is, in bytes, if that is known. */
  readonly length?: number | undefined;
}

/** The connections with one server: as many as are in use at once, kept for a while. */
export class Connections {
  readonly #pool: Pool;

  /** @param open - makes one; what it throws, exchanges fail with */
  constructor(open: () => Promise<Socket>) {
    const { Pool } = loadUndici();
    this.#pool = new Pool('http://localhost:8080', {
      connect: (_options, callback) => {
        open().then(
          (socket) => callback(null, socket.setNoDelay(true)),
          (error: unknown) => callback(error as Error, null),
        );
      },
      keepAliveTimeout: KEPT_MS,
      headersTimeout: 0, // whoever asks has a clock of his own
      bodyTimeout: 0,
    });
  }

  /** Begins an exchange, which fails like its handler says. */
  send(
    { method, path, headers: given, body, length }: ServerRequest,
    handler: Dispatcher.DispatchHandler,
  ): void {
    // Of bytes it knows the length.
    const isUnknown = length === undefined || body === undefined || isBytes(body);
    const headers = isUnknown ? (given as string[]) : [...given, 'content-length', String(length)];
    // Its types do not say so, but it takes whatever is iterable.
    this.#pool.dispatch({ method, path, headers, body: (body ?? null) as Uint8Array | null }, handler);
  }

  /** Takes no more, and closes each connection as soon as it is not in use. */
  async close(): Promise<void> {
    if (!this.#pool.closed && !this.#pool.destroyed) await this.#pool.close();
  }

  /** Closes all at once. */
  async destroy(reason: Error): Promise<void> {
    if (!this.#pool.destroyed) await this.#pool.destroy(reason);
  }
}
