import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';

import { layOut, type Row } from '../../src/cli/layout.js';

const rows: Row[] = [
  {
    outlet: 'train_0',
    epoch: '1 of 3',
    objects: '1',
    bytes: '5.2 of 80.0 MB',
    activity: '28.7 MB/s, limited by the reader',
  },
  { outlet: 'validation_2', epoch: '3 of 3', objects: '12', bytes: '0 B', activity: 'waiting for a reader' },
];

function text(width: number): string[] {
  const { headings, lines } = layOut(rows, width);
  return [headings, ...lines.map(({ columns, activity }) => columns + activity)];
}

test('columns below each other, all of them at 80 columns', () => {
  expect(text(80)).toEqual([
    'FIFO          epoch   objects           bytes',
    'train_0       1 of 3        1  5.2 of 80.0 MB  28.7 MB/s, limited by the reader',
    'validation_2  3 of 3       12             0 B  waiting for a reader',
  ]);
});

test('where there is no room, ends of lines go, and then columns', () => {
  expect(text(70)[1]).toBe('train_0       1 of 3        1  5.2 of 80.0 MB  28.7 MB/s, limited by …');
  expect(text(60)[1]).toBe('train_0       1 of 3  5.2 of 80.0 MB  28.7 MB/s, limited by…');
  expect(text(55)[1]).toBe('train_0       1 of 3  28.7 MB/s, limited by the reader');
  expect(text(40)[1]).toBe('train_0       28.7 MB/s, limited by the…');
  expect(text(20)[1]).toBe('train_0       28.7 …');
  expect(text(4)).toEqual(['FIFO', 'tra…', 'val…']);
});

test('a column in which nothing stands is not there', () => {
  const directories = rows.map((row) => ({ ...row, epoch: '' }));
  expect(layOut(directories, 80).headings).toBe('FIFO          objects           bytes');
});

test('no line is ever wider than the terminal', () => {
  const row = fc.record({
    outlet: fc.string({ minLength: 1, maxLength: 64 }),
    epoch: fc.nat().map((epoch) => `${epoch} of ∞`),
    objects: fc.string(),
    bytes: fc.string(),
    activity: fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '日', '👍'), maxLength: 100 }),
  });
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      (some, width) => {
        const { headings, lines } = layOut(some, width);
        for (const { columns, activity } of [{ columns: headings, activity: '' }, ...lines]) {
          expect(stringWidth(columns + activity)).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});
