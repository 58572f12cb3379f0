import fc from 'fast-check';
import { expect, test } from 'vitest';

import { layOut, type Row } from '../../src/cli/layout.js';

const rows: Row[] = [
  {
    name: 'train',
    epoch: 'epoch 3',
    objects: '1 object',
    bytes: '4.0 MB',
    rate: '2.0 MB/s',
    activity: 'streaming',
  },
  { name: 'test', epoch: 'epoch 10', objects: '12 objects', bytes: '0 B', rate: '', activity: 'waiting' },
];

function text(width: number): string[] {
  return layOut(rows, width).map(({ columns, activity }) => columns + activity);
}

test('columns below each other', () => {
  expect(text(80)).toEqual([
    'train  epoch 3     1 object  4.0 MB  2.0 MB/s  streaming',
    'test   epoch 10  12 objects     0 B            waiting',
  ]);
});

test('where there is no room, columns go, and then ends of lines', () => {
  expect(text(55)[0]).toBe('train  epoch 3   4.0 MB  2.0 MB/s  streaming');
  expect(text(40)[0]).toBe('train  epoch 3   4.0 MB  streaming');
  expect(text(30)[0]).toBe('train  epoch 3   streaming');
  expect(text(20)[0]).toBe('train  streaming');
  expect(text(12)[0]).toBe('train  stre…');
  expect(text(3)[0]).toBe('tr…');
});

test('no line is ever wider than the terminal', () => {
  const row = fc.record({
    name: fc.string({ minLength: 1, maxLength: 64 }),
    epoch: fc.nat().map((epoch) => `epoch ${epoch}`),
    objects: fc.string(),
    bytes: fc.string(),
    rate: fc.string(),
    activity: fc.string({ maxLength: 100 }),
  });
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      (some, width) => {
        for (const { columns, activity } of layOut(some, width)) {
          expect((columns + activity).length).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});
