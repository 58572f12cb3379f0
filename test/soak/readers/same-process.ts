import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { readEpochs } from 'sagemaker-pipe-mode/reader';

import { newReading, now, type Reading, type ReadRequest } from './reading.js';

/** Reads one epoch in this thread, with the library's own reader. */
export function readHere(request: ReadRequest): { readonly reading: Reading; readonly done: Promise<void> } {
  const reading = newReading(request);
  const done = read(request, reading).catch((error: unknown) => {
    reading.wasCancelled = request.signal.aborted;
    if (!reading.wasCancelled) reading.failure = String(error);
  });
  return { reading, done };
}

async function read({ dir, channel, epoch, plan, signal }: ReadRequest, reading: Reading): Promise<void> {
  if (plan.lateMs > 0) await delay(plan.lateMs, undefined, { signal });
  const hash = createHash('sha256');
  let delays = 20;
  let left = false;
  for await (const opened of readEpochs({ dir, channel, firstEpoch: epoch, epochs: 1, signal })) {
    if (plan.pauseMs > 0) await delay(plan.pauseMs, undefined, { signal });
    if (plan.leaveAfter === 0) {
      left = true;
      continue; // which closes the FIFO as soon as its writer has come
    }
    for await (const chunk of opened) {
      if (reading.bytes === 0) {
        reading.isOpen = true;
        const next = opened.path.replace(/\d+$/, String(epoch + 1));
        reading.atFirstByte = { at: now(), next: existsSync(next), name: existsSync(opened.path) };
      }
      const taken = chunk.subarray(0, (plan.leaveAfter ?? Infinity) - reading.bytes);
      hash.update(taken);
      reading.bytes += taken.length;
      left = plan.leaveAfter !== undefined && reading.bytes >= plan.leaveAfter;
      if (left) break;
      if (plan.delayMs > 0 && delays-- > 0) await delay(plan.delayMs, undefined, { signal });
    }
  }
  reading.eof = !left;
  reading.sha256 = hash.digest('hex');
  reading.endedAt = now();
}
