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
  /** Or how much more ours is, pair by pair. */
  readonly more?: Summary;
  readonly goal?: Goal;
  readonly met?: boolean;
  /** Why there are no figures. */
  readonly skipped?: string;
}

/** What is wanted: of the ratio's median at least, of ours at least or at most, or at most so much more than the peer's. */
export type Goal =
  | { readonly ratioAtLeast: number }
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly moreAtMost: number };

/** How the cost of one thing changes with their number. */
export interface ScalingRow {
  readonly what: string;
  readonly unit: 'bytes/s' | 'µs' | 'fraction';
  readonly costs: readonly { readonly count: number; readonly cost: number }[];
}

/** A line with its goal, if there is one. */
export function judged(row: Row, goal: Goal | undefined): Row {
  return goal === undefined ? row : { ...row, goal, met: isMet(goal, row) };
}

function isMet(goal: Goal, { ours, ratio, more }: Row): boolean {
  if ('ratioAtLeast' in goal) return (ratio?.median ?? 0) >= goal.ratioAtLeast;
  if ('moreAtMost' in goal) return (more?.median ?? Infinity) <= goal.moreAtMost;
  const figure = ours?.median ?? NaN;
  return 'atLeast' in goal ? figure >= goal.atLeast : figure <= goal.atMost;
}

/** So many times as good as a peer. */
export function times(ratioAtLeast: number): Goal {
  return { ratioAtLeast };
}
