import type { Summary } from './statistics.js';

/** What a figure is counted in; `fraction` of a core. */
export type Unit = 'bytes/s' | 'objects/s' | 'ms' | 'bytes' | 'fraction';

/** One line of the table. */
export interface Row {
  readonly case: string;
  readonly unit: Unit;
  readonly ours?: Summary;
  readonly peer?: string;
  readonly theirs?: Summary;
  /** How many times better we are, pair by pair. */
  readonly ratio?: Summary;
  readonly goal?: Goal;
  readonly met?: boolean;
  /** Why there are no figures. */
  readonly skipped?: string;
}

/** What is wanted: of the ratio's median at least, or of ours at least or at most. */
export type Goal =
  { readonly ratioAtLeast: number } | { readonly atLeast: number } | { readonly atMost: number };

/** How the cost of one thing changes with their number. */
export interface ScalingRow {
  readonly what: string;
  readonly unit: 'bytes/s' | 'µs' | 'fraction';
  readonly costs: readonly { readonly count: number; readonly cost: number }[];
}

export function isMet(goal: Goal, ours: Summary, ratio: Summary | undefined): boolean {
  if ('atLeast' in goal) return ours.median >= goal.atLeast;
  return 'atMost' in goal ? ours.median <= goal.atMost : (ratio?.median ?? 0) >= goal.ratioAtLeast;
}

/** So many times as good as a peer. */
export function times(ratioAtLeast: number): Goal {
  return { ratioAtLeast };
}
