import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Instance } from '../../src/serving/instance.js';
import { Instances } from '../../src/serving/instances.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

/** Two in service; who has a session goes to the second, which is the busier one, and everybody else to the first. */
function twoInstances() {
  const [first, second] = [0, 1].map((busy) => ({ status: 'InService', busy }) as unknown as Instance);
  const instances = new Instances([first!, second!]);
  const open = (session: string) => instances.noteSession(second!, session, undefined);
  return { open, isKnown: (id: string) => instances.pick(id) === second };
}

test('a session is known until it expires, whatever else the others last', () => {
  const { open, isKnown } = twoInstances();
  open(`long; Expires=${new Date(Date.now() + 3_600_000).toISOString()}`);
  open(`short; Expires=${new Date(Date.now() + 1000).toISOString()}`);
  vi.advanceTimersByTime(2000);
  open('other');
  expect(['long', 'short', 'other'].map(isKnown)).toEqual([true, false, true]);
});

test('one whose server does not say when, or not rightly, is known for 20 minutes', () => {
  const { open, isKnown } = twoInstances();
  open('silent');
  open('wrong; Expires=soon');
  open(`short; Expires=${new Date(Date.now() + 1000).toISOString()}`);
  vi.advanceTimersByTime(19 * 60_000);
  open('other');
  expect(['silent', 'wrong', 'short', 'other'].map(isKnown)).toEqual([true, true, false, true]);
  vi.advanceTimersByTime(2 * 60_000);
  open('another');
  expect(['silent', 'wrong', 'other'].map(isKnown)).toEqual([false, false, true]);
});
