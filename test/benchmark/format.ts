import type { Goal, ScalingRow, Unit } from './result.js';
import type { Summary } from './statistics.js';

/** A figure with its unit, in three digits. */
export function formatFigure(figure: number, unit: Unit | ScalingRow['unit']): string {
  switch (unit) {
    case 'bytes/s':
      return figure >= 1e9 ? `${digits(figure / 1e9)} GB/s` : `${digits(figure / 1e6)} MB/s`;
    case 'objects/s':
      return figure >= 1000 ? `${digits(figure / 1000)} k/s` : `${digits(figure)} /s`;
    case 'bytes':
      return `${digits(figure / 1e6)} MB`;
    case 'fraction':
      return `${digits(figure * 100)} %`;
    case 'ms':
    case 'µs':
      return `${digits(figure)} ${unit}`;
  }
}

export function formatRatio({ median, min, max }: Summary): string {
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** How much more, with its sign. */
export function formatMore({ median, min, max }: Summary, unit: Unit): string {
  const [all, least, most] = [median, min, max].map(
    (figure) => `${figure < 0 ? '−' : '+'}${formatFigure(Math.abs(figure), unit)}`,
  );
  return `${all} (${least}–${most})`;
}

export function formatGoal(goal: Goal, unit: Unit): string {
  if ('ratioAtLeast' in goal) return `≥ ${Number(goal.ratioAtLeast.toFixed(2))} ×`;
  if ('moreAtMost' in goal) return `≤ its + ${formatFigure(goal.moreAtMost, unit)}`;
  return 'atLeast' in goal ? `≥ ${formatFigure(goal.atLeast, unit)}` : `≤ ${formatFigure(goal.atMost, unit)}`;
}

function digits(figure: number): string {
  if (figure >= 100) return figure.toFixed(0);
  return figure.toFixed(figure >= 10 ? 1 : 2);
}
