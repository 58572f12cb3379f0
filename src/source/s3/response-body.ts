import type { Readable } from 'node:stream';

import { onAbort } from '../../abort/on-abort.js';
import type { FailedRequest } from './failed-request.js';
import { STALL_TIMEOUT_MS } from './request.js';
import { TransferError } from './retries.js';

/**
 * The chunks of a response's body. The body is destroyed, and with it its connection, when this generator is
 * left, when `signal` is aborted (even while nobody asks for the next chunk), and when it stalls. A body that was
 * read to its end leaves its connection to the next request.
 *
 * @throws the signal's reason; a {@link TransferError} with the cause if the connection breaks or no byte comes
 *   for {@link STALL_TIMEOUT_MS}
 */
export async function* readResponseBody(body: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let waiting = false;
  // A consumer that takes its time is no stall: the watch only bites while we wait for the server.
  const watch = setTimeout(() => {
    if (waiting) body.destroy(new TransferError(`no byte came for ${STALL_TIMEOUT_MS / 1000} s`));
  }, STALL_TIMEOUT_MS).unref();
  const unwatch = onAbort(signal, () => {
    discardBody(body);
  });
  try {
    signal.throwIfAborted();
    const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      waiting = true;
      watch.refresh();
      const next = await chunks.next();
      waiting = false;
      signal.throwIfAborted();
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw asBroken(error);
  } finally {
    clearTimeout(watch);
    unwatch();
    discardBody(body);
  }
}

/** Destroys a body that nobody reads any more. */
export function discardBody(body: Readable): void {
  // Without a listener the error of the cut connection would end the process.
  if (!body.destroyed) body.on('error', () => undefined);
  body.destroy();
}

function asBroken(error: unknown): unknown {
  const { message = String(error) } = error as FailedRequest;
  // A client that validates checksums says so after the last byte. Trying again would not take back the bytes.
  if (error instanceof TransferError || message.startsWith('Checksum mismatch')) return error;
  return new TransferError(`the connection broke (${message})`, { cause: error });
}
