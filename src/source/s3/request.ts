import { onAbort } from '../../abort/on-abort.js';
import { TransferError } from './retries.js';

/** How long we wait for an answer, or for the next byte of one, before we take the connection for broken. */
export const STALL_TIMEOUT_MS = 60_000;

/**
 * Sends one request, and gives it up when `signal` is aborted or no answer has come for {@link STALL_TIMEOUT_MS}.
 *
 * @param send - has to pass the signal that it is given on to the client
 * @param discard - gets an answer that comes when nobody waits for it any more
 * @throws the signal's reason, a {@link TransferError}, or what the client throws
 */
export async function request<Answer>(
  send: (abortSignal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
  discard: (answer: Answer) => void = () => undefined,
): Promise<Answer> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let giveUp: (reason: Error) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    // The client does not look at its signal while it looks for credentials: so we do not wait for its answer.
    giveUp = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const timeout = setTimeout(() => {
    giveUp(new TransferError(`no answer came within ${STALL_TIMEOUT_MS / 1000} s`));
  }, STALL_TIMEOUT_MS);
  const unwatch = onAbort(signal, () => {
    giveUp(signal.reason as Error);
  });
  const answer = send(controller.signal);
  try {
    return await Promise.race([answer, givenUp]);
  } catch (error) {
    answer.then(discard, () => undefined);
    throw error;
  } finally {
    clearTimeout(timeout);
    unwatch();
  }
}
