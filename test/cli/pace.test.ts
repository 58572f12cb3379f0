import type { ChannelStats } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { activity } from '../../src/cli/activity.js';
import { type Pace, PaceMeter } from '../../src/cli/pace.js';

/** A look every 100 ms at a channel whose pipe takes so many bytes in between. */
function watch(looks: number, bytesPerLook: number, waitingFor: (look: number) => 'reader' | 'source') {
  const meter = new PaceMeter();
  let pace: Pace | undefined;
  for (let look = 0; look <= looks; look++) {
    pace = meter.add(stats({ bytes: look * bytesPerLook, waitingFor: waitingFor(look) }), look * 100);
  }
  return pace!;
}

function stats(some: Partial<ChannelStats>): ChannelStats {
  const counts = { bytes: 0, objects: 0, epochBytes: 0, epochObjects: 0 };
  return { state: 'streaming', epoch: 0, waitingFor: 'reader', waitingMs: 0, path: '/x', ...counts, ...some };
}

function words(pace: Pace, state: ChannelStats['state'] = 'streaming'): string {
  return activity({ name: 'train', state, epoch: 7 }, pace);
}

describe('the pace of a channel', () => {
  test('is not known at the beginning', () => {
    const pace = watch(2, 1000, () => 'reader');
    expect(pace.rate).toBeUndefined();
    expect(pace.isMoving).toBe(true);
  });

  test('is that of the last two seconds', () => {
    const meter = new PaceMeter();
    meter.add(stats({ bytes: 0 }), 0);
    for (let time = 1000; time <= 5000; time += 100) meter.add(stats({ bytes: 1_000_000 + time }), time);
    expect(meter.add(stats({ bytes: 1_005_100 }), 5100).rate).toBeCloseTo(1000);
  });

  test('begins anew with an epoch', () => {
    const meter = new PaceMeter();
    meter.add(stats({ bytes: 0 }), 0);
    meter.add(stats({ bytes: 1_000_000 }), 1000);
    expect(meter.add(stats({ bytes: 1_000_000, epoch: 1 }), 1100).rate).toBeUndefined();
    expect(meter.add(stats({ bytes: 1_000_500, epoch: 1 }), 1600).rate).toBeCloseTo(1000);
  });

  test.each<readonly [string, number, (look: number) => 'reader' | 'source']>([
    ['streaming, as fast as the reader reads', 1000, () => 'reader'],
    ['streaming, as fast as the source delivers', 1000, () => 'source'],
    ['streaming', 1000, (look) => (look % 2 === 0 ? 'reader' : 'source')],
    ['waiting for the reader to read on', 0, () => 'reader'],
    ['waiting for the source', 0, () => 'source'],
  ])('%s', (expected, bytes, waitingFor) => {
    expect(words(watch(30, bytes, waitingFor))).toBe(expected);
  });
});

test('a channel that does not stream says why', () => {
  const pace = watch(0, 0, () => 'reader');
  expect(words(pace, 'waiting')).toBe('waiting for a reader to open …/train_7');
  expect(words(pace, 'failed')).toBe('failed; its FIFO is held open');
});
