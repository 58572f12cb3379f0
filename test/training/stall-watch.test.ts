import { expect, test } from 'vitest';

import { type Activity, type Stall, StallWatch } from '../../src/training/hang/stall-watch.js';

/** Looks until the watch tells of a stall, or has looked so often. */
async function watch(looks: (Activity | undefined)[]): Promise<Stall | undefined> {
  let count = 0;
  let stalled: StallWatch | undefined;
  const stall = await new Promise<Stall | undefined>((resolve) => {
    const look = async () => {
      if (count === 30) resolve(undefined);
      return looks[Math.min(count++, looks.length - 1)];
    };
    const watched = { movedAt: 0, look, situations: async () => [] };
    const limits = { stalledAfterMs: 60, stallTimeoutMs: 100 };
    stalled = new StallWatch(watched, limits, (found) => resolve(found));
    setTimeout(() => undefined, 2000); // the watch keeps nothing alive
  });
  await stalled!.end();
  return stall;
}

test('where no process can be seen, bytes and lines decide, and it says so', async () => {
  expect((await watch([undefined]))!.waits).toEqual([
    expect.stringContaining('Its processes cannot be seen by this user'),
  ]);
});

test('processes that were seen before have ended', async () => {
  expect(await watch([{ cpuMs: 0, isBusy: false }, undefined])).toBeUndefined();
});
