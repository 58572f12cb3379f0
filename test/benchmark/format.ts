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

export function formatGoal(goal: Goal, unit: Unit): string {
  if ('atLeast' in goal) return `≥ ${formatFigure(goal.atLeast, unit)}`;
  return 'atMost' in goal
    ? `≤ ${formatFigure(goal.atMost, unit)}`
    : `≥ ${Number(goal.ratioAtLeast.toFixed(2))} ×`;
}

function digits(figure: number): string {
  if (figure >= 100) return figure.toFixed(0);
  return figure.toFixed(figure >= 10 ? 1 : 2);
}
