import { describe, expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { read } from './reader.js';
import { Tmux, type TmuxSize } from './tmux.js';

const scratch = useScratch();

const HEADINGS = 'FIFO epoch objects bytes';
const FOUR_AND_20 = { columns: 80, rows: 24 };
const LARGE = { columns: 120, rows: 40 };

function channels(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `channel-${String(index + 10)}`);
}

function dataOf(names: readonly string[]): string {
  return scratch.files(Object.fromEntries(names.map((name) => [`${name}/a`, 'x'])));
}

/** What a screen of that size should show at its bottom: every channel once, as far as there is room. */
function bottom(names: readonly string[], { rows }: TmuxSize): string[] {
  const most = rows - 1;
  if (names.length < most) return [HEADINGS, ...names];
  const shown = names.slice(0, most - 1);
  return [...shown, `and ${names.length - shown.length} more channels`];
}

/** A line without what changes with time and width. */
function essence(line: string): string {
  const [, channel] = /^(channel-\d+)_\d /.exec(line) ?? [];
  return channel ?? line.replaceAll(/\s+/g, ' ').trim();
}

/** The columns that go on a narrow screen are no matter here. */
function headings(line: string): string {
  return /^FIFO\b/.test(line) ? HEADINGS : line;
}

function expectBottom(lines: string[], names: readonly string[], size: TmuxSize): void {
  const expected = bottom(names, size);
  const shown = lines.map(essence).map(headings);
  expect(shown.slice(-expected.length)).toEqual(expected);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
  const above = shown.slice(0, -expected.length);
  expect(above.filter((line) => line === HEADINGS || /^(channel-|and \d)/.test(line))).toEqual([]);
}

describe('a terminal that is resized', () => {
  test.each<[string, TmuxSize, TmuxSize]>([
    ['lower', FOUR_AND_20, { columns: 80, rows: 10 }],
    ['narrower', FOUR_AND_20, { columns: 45, rows: 24 }],
    ['lower and narrower', LARGE, { columns: 50, rows: 12 }],
    ['much smaller', LARGE, { columns: 20, rows: 5 }],
    ['larger', FOUR_AND_20, LARGE],
  ])('%s and back: every channel once, nothing left behind', async (_how, first, second) => {
    const names = channels(20);
    await using window = new Tmux(['agent', dataOf(names), scratch.dest], first);
    await window.shows((lines) => {
      expectBottom(lines, names, first);
      expect(lines.join('\n')).toContain('Ctrl-C stops.');
    });
    const before = window.lines.map(essence);

    window.resize(second);
    await window.shows((lines) => expectBottom(lines, names, second));

    window.resize(first);
    await window.shows((lines) => {
      expectBottom(lines, names, first);
      expect(lines.map(essence).slice(-before.length + 1)).toEqual(before.slice(1));
    });

    window.type('C-c');
    await window.shows((lines) => {
      expect(lines.at(-1)).toBe('status 130');
      expect(lines.filter((line) => /^(FIFO|channel-|and )/.test(line))).toEqual([]);
    });
  });

  test('keeps what was printed, and what others have printed before, in its order', async () => {
    const { dest } = scratch;
    await using window = new Tmux(
      ['agent', dataOf(['train', 'validation']), dest],
      FOUR_AND_20,
      'from before',
    );
    await window.shows((lines) => expect(lines.at(-1)).toMatch(/^validation_0 .* waiting for a reader/));
    await read({ dir: dest, channel: 'train', epochs: 3 });
    await window.shows((lines) => expect(lines.at(-2)).toMatch(/^train_3 /));

    window.resize({ columns: 40, rows: 24 });
    await window.shows((lines) => expect(lines.every((line) => line.length <= 40)).toBe(true));
    window.resize(LARGE);

    await window.shows((lines) => {
      expect(lines[0]).toBe('from before');
      expect(lines.map((line) => line.split(' ')[0])).toEqual([
        'from',
        'The',
        ...lines.slice(2, -3).map(() => expect.stringMatching(/^train_[0-2]$/)),
        'FIFO',
        'train_3',
        'validation_0',
      ]);
      expect(lines[1]).toBe(`The FIFOs are in ${dest}. Ctrl-C stops.`);
      expect(lines.at(-4)).toMatch(/train_2 complete: /);
    });
  });

  test('draws anew although nothing else has changed', async () => {
    const names = channels(3);
    await using window = new Tmux(['agent', dataOf(names), scratch.dest], FOUR_AND_20);
    await window.shows((lines) => expectBottom(lines, names, FOUR_AND_20));

    for (const rows of [3, 24, 4, 24, 2, 24]) window.resize({ columns: 80, rows });

    await window.shows((lines) => expectBottom(lines, names, FOUR_AND_20));
  });
});
