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

function words(pace: Pace, some: Partial<ChannelStats> = {}): string {
  return activity({ stats: stats(some), pace, hasFifos: true, sourceName: 's3://bucket/train' });
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
    ['10.0 kB/s, limited by the reader', 1000, () => 'reader'],
    ['10.0 kB/s, limited by the source', 1000, () => 'source'],
    ['10.0 kB/s, streaming', 1000, (look) => (look % 2 === 0 ? 'reader' : 'source')],
    ['reader has not read for 12 s', 0, () => 'reader'],
    ['source has sent nothing for 12 s', 0, () => 'source'],
  ])('%s', (expected, bytes, waitingFor) => {
    expect(words(watch(30, bytes, waitingFor), { waitingMs: 12_345 })).toBe(expected);
  });
});

test('a channel that does not stream says why, and for how long', () => {
  const pace = watch(0, 0, () => 'reader');
  const waiting = { state: 'waiting', waitingFor: 'reader' } as const;
  expect(words(pace, { ...waiting, waitingMs: 900 })).toBe('waiting for a reader');
  expect(words(pace, { ...waiting, waitingMs: 12_900 })).toBe('waiting 12 s for a reader');
  expect(words(pace, { ...waiting, waitingMs: 125_000 })).toBe('waiting 2 min 5 s for a reader');
  const listing = { state: 'waiting', waitingFor: 'source' } as const;
  expect(words(pace, { ...listing, waitingMs: 0 })).toBe('listing: s3://bucket/train');
  expect(words(pace, { ...listing, waitingMs: 3000 })).toBe('listing for 3 s: s3://bucket/train');
  expect(words(pace, { state: 'failed' })).toBe('failed; its FIFO is held open');
});
