import { onAbort } from '../../abort/on-abort.js';
import { BoundedQueue } from '../../flow/bounded-queue.js';
import { leaveBody } from '../../flow/iterate-body.js';
import type { Payload } from './records/payloads.js';
import type { Slots } from './slots.js';

/** An answer, and what it answers. */
export interface Answered {
  readonly payload: Payload;
  readonly bytes: Uint8Array;
}

/** A payload that was sent, or is about to be. */
interface Sent {
  readonly answered: Promise<Answered>;
  readonly giveBack: () => void;
}

/** As many as there are slots for: they bound what is under way. */
const NO_LIMITS = { items: Infinity, weight: Infinity, sizeOf: () => 0 };

/**
 * The answers to payloads, in the order of the payloads, with many under way at once. A payload takes a slot before it is read,
 * and gives it back when the one who iterates has dealt with its answer: what is held are so many payloads and answers.
 *
 * @param open - begins to read the payloads
 * @param ask - sends one of them
 * @throws what the payloads fail with, and what asking does, in order; the signal's reason
 */
export async function* answersInOrder(
  open: (signal: AbortSignal) => AsyncIterator<Payload, void>,
  ask: (payload: Payload, signal: AbortSignal) => Promise<Answered>,
  { slots, signal }: { readonly slots: Slots; readonly signal: AbortSignal },
): AsyncGenerator<Answered, void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const unwatch = onAbort(signal, () => stop.abort(signal.reason));
  const queue = new BoundedQueue<Sent>(NO_LIMITS);
  const underWay = new Set<Sent>();
  const payloads = open(stop.signal);
  const askOne = (payload: Payload) => ask(payload, stop.signal);
  const filling = queue.fill(sentOnes(payloads, askOne, { slots, underWay, signal: stop.signal }));
  try {
    for (;;) {
      const some = await queue.take();
      if (some.length === 0) return;
      for (const sent of some) {
        yield await sent.answered;
        underWay.delete(sent);
        sent.giveBack();
      }
    }
  } finally {
    const reason = new Error('The object is not transformed any further.');
    stop.abort(reason);
    queue.cancel(reason);
    await filling;
    for (const { answered, giveBack } of underWay) {
      await answered.catch(() => undefined);
      giveBack();
    }
    await leaveBody(payloads);
    unwatch();
  }
}

async function* sentOnes(
  payloads: AsyncIterator<Payload, void>,
  ask: (payload: Payload) => Promise<Answered>,
  { slots, underWay, signal }: { slots: Slots; underWay: Set<Sent>; signal: AbortSignal },
): AsyncGenerator<readonly Sent[], void> {
  for (;;) {
    const giveBack = await slots.take(signal);
    let isSent = false;
    try {
      const { done, value } = await payloads.next();
      if (done) return;
      const answered = ask(value);
      answered.catch(() => undefined); // whoever comes to it is told
      const sent = { answered, giveBack };
      underWay.add(sent);
      isSent = true;
      yield [sent];
    } finally {
      if (!isSent) giveBack();
    }
  }
}
