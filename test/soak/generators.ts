import { setTimeout as delay } from 'node:timers/promises';

import type { ChannelPlan, FaultPlan } from './scenario.js';

/** How many bytes a channel has taken from generators, in the epoch that is under way. */
export interface Ledger {
  yielded: number;
  /** Told what that is now. */
  onYield?: (yielded: number) => void;
}

/** How many chunks of an object a slow generator waits before. */
const SLOW_CHUNKS = 4;

/** Opens an object's body: chunks of odd sizes, slowly perhaps, with what is planned to go wrong. */
export function bodyOf(
  { objects, fault }: ChannelPlan,
  index: number,
  stored: Buffer,
  ledger: Ledger,
): (signal: AbortSignal | undefined) => AsyncGenerator<Uint8Array> {
  const { chunks, delayMs } = objects[index]!;
  const own = fault && 'object' in fault && fault.object === index ? fault : undefined;
  return async function* (signal) {
    for (let at = 0, i = 0; at < stored.length; i++) {
      const length = chunks[i % chunks.length]!;
      await meet(own, at + length, signal);
      if (delayMs > 0 && i < SLOW_CHUNKS) await delay(delayMs);
      const chunk = stored.subarray(at, at + length);
      ledger.yielded += chunk.length;
      ledger.onYield?.(ledger.yielded);
      yield chunk;
      at += length;
    }
    await meet(own, Infinity, signal);
  };
}

/** What happens before the chunk that ends at `position` is yielded. */
async function meet(
  fault: FaultPlan | undefined,
  position: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (fault?.kind !== 'throws' && fault?.kind !== 'hangs') return;
  if (position <= fault.afterBytes) return;
  if (fault.kind === 'throws') throw new Error('planned: the source fails');
  if (!fault.heedsSignal) await new Promise(() => {});
  await new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener('abort', resolve, { once: true });
  });
  throw new Error('planned: the source was told to end');
}
