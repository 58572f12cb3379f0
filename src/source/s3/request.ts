import { onAbort } from '../../abort/on-abort.js';
import { TransferError } from './retries.js';

/** How long we wait for a response, or for the next byte of one, before we take the connection for broken. */
export const STALL_TIMEOUT_MS = 60_000;

/**
 * Sends one request, and gives it up when `signal` is aborted or no response has come for `stallMs`.
 *
 * @param send - has to pass the signal that it is given on to the client
 * @param discard - gets a response that comes when nobody waits for it any more
 * @throws the signal's reason, a {@link TransferError}, or what the client throws
 */
export async function request<Output>(
  send: (abortSignal: AbortSignal) => Promise<Output>,
  signal: AbortSignal,
  discard: (response: Output) => void = () => undefined,
  stallMs = STALL_TIMEOUT_MS,
): Promise<Output> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let giveUp: (reason: Error) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    // The client does not look at its signal while it looks for credentials: so we do not wait for its response.
    giveUp = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const timeout = setTimeout(() => {
    giveUp(new TransferError(`no response came within ${stallMs / 1000} s`));
  }, stallMs);
  const unwatch = onAbort(signal, () => {
    giveUp(signal.reason as Error);
  });
  const response = send(controller.signal);
  try {
    return await Promise.race([response, givenUp]);
  } catch (error) {
    response.then(discard, () => undefined);
    throw error;
  } finally {
    clearTimeout(timeout);
    unwatch();
  }
}
