import { formatFigure, formatGoal, formatMore, formatRatio } from './format.js';
import type { Row, ScalingRow } from './result.js';

const HEADER = ['case', 'ours', 'peer', 'its', 'ratio (min–max)', 'goal', 'met'];

/** The results as text. */
export function formatTable(rows: readonly Row[]): string {
  return align([HEADER, ...rows.map(cells)]);
}

/** One cost per column, so that a line whose figures are alike is a cost that grows in proportion. */
export function formatScaling(rows: readonly ScalingRow[]): string {
  return align(
    rows.map(({ what, unit, costs }) => [
      what,
      ...costs.map(({ count, cost }) => `${count.toLocaleString('en')}: ${formatFigure(cost, unit)}`),
    ]),
  );
}

function cells(row: Row): string[] {
  const { unit } = row;
  if (row.skipped !== undefined) return [row.case, '', row.peer ?? '', `skipped: ${row.skipped}`];
  return [
    row.case,
    row.ours ? formatFigure(row.ours.median, unit) : '',
    row.peer ?? '',
    row.theirs ? formatFigure(row.theirs.median, unit) : '',
    row.ratio ? formatRatio(row.ratio) : row.more ? formatMore(row.more, unit) : spread(row),
    row.goal ? formatGoal(row.goal, unit) : '',
    row.met === undefined ? '' : row.met ? 'yes' : 'NO',
  ];
}

/** Where there is no ratio, how far our own figures lie apart. */
function spread({ ours, unit }: Row): string {
  if (!ours || ours.min === ours.max) return '';
  return `(${formatFigure(ours.min, unit)}–${formatFigure(ours.max, unit)})`;
}

function align(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines) {
    // A text in the last column of a short line may be as long as it likes.
    const full = line.length < HEADER.length && lines[0] === HEADER ? line.slice(0, -1) : line;
    full.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
