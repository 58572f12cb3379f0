import { setImmediate as nextTurn } from 'node:timers/promises';

import { isDoneInTime } from './bounded-matching.js';
import type { MetricEvent } from './metric-event.js';
import type { MetricExpression } from './metric-expression.js';

/** What became of a metric. */
export interface MetricSummary {
  /** The `Name` of its definition. */
  readonly name: string;
  /** The `Regex` of its definition. */
  readonly regex: string;
  /** How many values there were. */
  readonly count: number;
  /** How many lines the expression matched, whether its first group was a number or not. */
  readonly matches: number;
  /** The last value. */
  readonly last: MetricEvent | undefined;
  /** Whether it was given up, because its expression took too long. */
  readonly isTooSlow: boolean;
}

interface Tally {
  readonly metric: MetricExpression;
  count: number;
  matches: number;
  last: MetricEvent | undefined;
  isTooSlow: boolean;
}

/** A match in one of some lines. */
interface Match {
  readonly tally: Tally;
  readonly line: number;
  /** What the first group says; `NaN` if that is no number. */
  readonly value: number;
}

/** Looks for metrics in the lines of a job, as they come. A metric has one value per line: its first. */
export class Metrics {
  readonly #tallies: readonly Tally[];

  constructor(metrics: readonly MetricExpression[]) {
    this.#tallies = metrics.map((metric) => ({
      metric,
      count: 0,
      matches: 0,
      last: undefined,
      isTooSlow: false,
    }));
  }

  /** The values in some lines, line by line. */
  async find(texts: readonly string[], time: Date, host: string): Promise<readonly MetricEvent[]> {
    const tallies = this.#tallies.filter(({ isTooSlow }) => !isTooSlow);
    if (tallies.length === 0) return [];
    const events: MetricEvent[] = [];
    for (const { tally, value } of matchAll(tallies, texts) ?? (await matchEach(tallies, texts))) {
      tally.matches++;
      if (!Number.isFinite(value)) continue;
      tally.count++;
      events.push((tally.last = { name: tally.metric.name, value, time, host }));
    }
    return events;
  }

  get summaries(): readonly MetricSummary[] {
    return this.#tallies.map(({ metric: { name, source }, ...rest }) => ({ name, regex: source, ...rest }));
  }
}

/** One expression after the other, to see which one takes too long: everybody else has his turn in between. */
async function matchEach(tallies: readonly Tally[], texts: readonly string[]): Promise<Match[]> {
  const all: Match[] = [];
  for (const tally of tallies) {
    await nextTurn();
    const matches = matchAll([tally], texts);
    if (matches === undefined) tally.isTooSlow = true;
    else all.push(...matches);
  }
  return all.sort((a, b) => a.line - b.line);
}

/** Line by line. `undefined` if it takes too long. */
function matchAll(tallies: readonly Tally[], texts: readonly string[]): Match[] | undefined {
  const matches: Match[] = [];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const isDone = isDoneInTime(characters, () => {
    for (let line = 0; line < texts.length; line++) {
      for (const tally of tallies) {
        const found = tally.metric.expression.exec(texts[line]!);
        if (found !== null) matches.push({ tally, line, value: toNumber(found[1]) });
      }
    }
  });
  return isDone ? matches : undefined;
}

/** `undefined` is a group that took no part, or is not there. Blanks are no zero. */
function toNumber(group: string | undefined): number {
  const value = group === undefined ? NaN : Number(group);
  return value === 0 && group!.trim() === '' ? NaN : value;
}
