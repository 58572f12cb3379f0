import { expect, test } from 'vitest';

import { RecentTimes } from '../../src/serving/gateway/recent-times.js';

const NONE = { count: 0, p50Ms: undefined, p95Ms: undefined, p99Ms: undefined };

test('percentiles to one percent, from a microsecond to an hour', () => {
  const times = new RecentTimes();
  for (let ms = 1; ms <= 1000; ms++) times.add(ms, 0);
  const { count, p50Ms, p95Ms, p99Ms } = times.summary(0);
  expect(count).toBe(1000);
  for (const [found, expected] of [
    [p50Ms, 500],
    [p95Ms, 950],
    [p99Ms, 990],
  ] as const) {
    expect(found! / expected).toBeGreaterThan(0.99);
    expect(found! / expected).toBeLessThan(1.01);
  }
  const extremes = new RecentTimes();
  extremes.add(0, 0);
  extremes.add(86_400_000, 0);
  expect(extremes.summary(0)).toMatchObject({ count: 2, p50Ms: 0.001 });
  expect(extremes.summary(0).p99Ms! / 3_600_000).toBeCloseTo(1, 1);
});

test('forgets what is a minute old, some seconds at a time', () => {
  const times = new RecentTimes();
  expect(times.summary(0)).toEqual(NONE);
  times.add(1, 0);
  times.add(5, 30_000);
  expect(times.summary(59_999).count).toBe(2);
  expect(times.summary(60_000)).toMatchObject({ count: 1 });
  expect(times.summary(90_000)).toEqual(NONE);
  times.add(7, 1_000_000);
  expect(times.summary(1_000_000).count).toBe(1);
});
