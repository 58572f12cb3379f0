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
  /** Whether it was given up, because its expression took too long, time and again. */
  readonly isTooSlow: boolean;
}

/** Lines that came at the same time. */
interface TextBatch {
  readonly lines: readonly { readonly text: string }[];
  readonly time: Date;
}

/** As much of a line as is looked at. */
interface Line {
  readonly text: string;
  readonly time: Date;
}

interface Tally {
  readonly metric: MetricExpression;
  count: number;
  matches: number;
  last: MetricEvent | undefined;
  /** How many lines its expression took too long for. */
  misses: number;
}

/** A match in one of some lines. */
interface Match {
  readonly tally: Tally;
  readonly line: number;
  /** What the first group says; `NaN` if that is no number. */
  readonly value: number;
}

/**
 * Looks for metrics in the lines of a job, as they come. A metric has one value per line: its first. What a progress bar
 * writes over itself, between CRs, are lines of their own here.
 */
export class Metrics {
  readonly #tallies: readonly Tally[];

  constructor(metrics: readonly MetricExpression[]) {
    this.#tallies = metrics.map((metric) => ({
      metric,
      count: 0,
      matches: 0,
      last: undefined,
      misses: 0,
    }));
  }

  /** The values in some lines, line by line. */
  async find(batches: readonly TextBatch[], host: string): Promise<readonly MetricEvent[]> {
    const tallies = this.#tallies.filter(isWorthIt);
    if (tallies.length === 0) return [];
    const lines = linesIn(batches);
    const matches = matchAll(tallies, lines) ?? (await matchEach(tallies, lines));
    const events: MetricEvent[] = [];
    for (const { tally, line, value } of matches) {
      tally.matches++;
      if (!Number.isFinite(value)) continue;
      tally.count++;
      events.push((tally.last = { name: tally.metric.name, value, time: lines[line]!.time, host }));
    }
    return events;
  }

  get summaries(): readonly MetricSummary[] {
    return this.#tallies.map((tally) => {
      const { metric, count, matches, last } = tally;
      return {
        name: metric.name,
        regex: metric.source,
        count,
        matches,
        last,
        isTooSlow: !isWorthIt(tally),
      };
    });
  }
}

/** An expression is given up that has taken too long for so many lines. */
const MOST_MISSES = 3;

function isWorthIt({ misses }: Tally): boolean {
  return misses < MOST_MISSES;
}

/**
 * How many characters of a line are looked at. Also plain expressions take a time that grows with the square of them: those
 * that begin with `.*`, for one.
 */
const LONGEST_LINE = 2048;

function linesIn(batches: readonly TextBatch[]): Line[] {
  const found: Line[] = [];
  for (const { lines, time } of batches)
    for (const { text } of lines) {
      if (text.length <= LONGEST_LINE && !text.includes('\r')) found.push({ text, time });
      else for (const part of text.split('\r')) found.push({ text: part.slice(0, LONGEST_LINE), time });
    }
  return found;
}

/** `undefined` if it takes too long. */
function matchAll(tallies: readonly Tally[], lines: readonly Line[]): Match[] | undefined {
  const matches: Match[] = [];
  return matchFrom(0, tallies, lines, matches) === lines.length ? matches : undefined;
}

/** One expression after the other, to see which one takes too long: everybody else has his turn in between. */
async function matchEach(tallies: readonly Tally[], lines: readonly Line[]): Promise<Match[]> {
  const matches: Match[] = [];
  for (const tally of tallies) {
    for (let from = 0; from < lines.length && isWorthIt(tally);) {
      await nextTurn();
      const reached = matchFrom(from, [tally], lines, matches);
      if (reached === from) tally.misses++; // it had all the time for that line
      from = Math.max(reached, from + 1);
    }
  }
  return matches.sort((a, b) => a.line - b.line);
}

/** Line by line. Says which one it has come to when its time was over; how many there are, if it has come to the end. */
function matchFrom(
  from: number,
  tallies: readonly Tally[],
  lines: readonly Line[],
  matches: Match[],
): number {
  let line = from;
  isDoneInTime(() => {
    for (; line < lines.length; line++) {
      for (const tally of tallies) {
        const found = tally.metric.expression.exec(lines[line]!.text);
        if (found !== null) matches.push({ tally, line, value: toNumber(found[1]) });
      }
    }
  });
  return line;
}

/** `undefined` is a group that took no part, or is not there. Blanks are no zero. */
function toNumber(group: string | undefined): number {
  const value = group === undefined ? NaN : Number(group);
  return value === 0 && group!.trim() === '' ? NaN : value;
}
