import type { EpochEndEvent } from 'sagemaker-pipe-mode';

import { counted } from '../counted.js';
import { type Feed, outletOf } from './feed.js';
import { formatBytes, formatDuration, formatRate } from './format.js';

/**
 * The epochs of a channel that are over and not yet shown. Those that end between two looks at the terminal
 * share a line: tiny ones may end a thousand times a second.
 */
export class EpochLog {
  readonly #feed: Feed;
  #ended: EpochEndEvent[] = [];

  constructor(feed: Feed) {
    this.#feed = feed;
    feed.channel.on('epochEnd', (event) => this.#ended.push(event));
  }

  /** The line for what has ended since the last time. */
  take(): string[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended.length === 0 ? [] : [summary(this.#feed, ended)];
  }
}

function summary(feed: Feed, ended: readonly EpochEndEvent[]): string {
  const first = outletOf(feed, ended[0]!.epoch);
  const last = outletOf(feed, ended.at(-1)!.epoch);
  const which = first === last ? first : `${first} to ${last}`;
  const bytes = total(ended, ({ bytes }) => bytes);
  const durationMs = total(ended, ({ durationMs }) => durationMs);
  const objects = total(ended, ({ objects }) => objects);
  return `${which} ${outcome(ended)}: ${formatSent({ objects, bytes, durationMs })}`;
}

/** `3 objects, 30.0 kB in 4 ms (7.5 MB/s)`. */
export function formatSent(sent: { objects: number; bytes: number; durationMs: number }): string {
  const { objects, bytes, durationMs } = sent;
  const rate = formatRate((bytes * 1000) / Math.max(durationMs, 1));
  return `${counted(objects, 'object')}, ${formatBytes(bytes)} in ${formatDuration(durationMs)} (${rate})`;
}

function outcome(ended: readonly EpochEndEvent[]): string {
  const early = ended.filter(({ outcome }) => outcome === 'closedEarly').length;
  if (early === 0) return 'complete';
  return early === ended.length ? 'closed early by the reader' : `over, ${early} closed early by the reader`;
}

function total(ended: readonly EpochEndEvent[], of: (event: EpochEndEvent) => number): number {
  return ended.reduce((sum, event) => sum + of(event), 0);
}
