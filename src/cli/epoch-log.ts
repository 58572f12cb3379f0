import type { Channel, EpochEndEvent } from 'sagemaker-pipe-mode';

import { formatBytes, formatDuration, formatObjects, formatRate } from './format.js';

/**
 * The epochs of a channel that are over and not yet shown. Those that end between two looks at the terminal
 * share a line: tiny ones may end a thousand times a second.
 */
export class EpochLog {
  readonly #name: string;
  #ended: EpochEndEvent[] = [];

  constructor(channel: Channel) {
    this.#name = channel.name;
    channel.on('epochEnd', (event) => this.#ended.push(event));
  }

  /** The line for what has ended since the last time. */
  take(): string[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended.length === 0 ? [] : [`${this.#name}: ${summary(ended)}`];
  }
}

function summary(ended: readonly EpochEndEvent[]): string {
  const first = ended[0]!.epoch;
  const last = ended.at(-1)!.epoch;
  const which = first === last ? `epoch ${first}` : `epochs ${first} to ${last}`;
  const bytes = total(ended, ({ bytes }) => bytes);
  const durationMs = total(ended, ({ durationMs }) => durationMs);
  const objects = formatObjects(total(ended, ({ objects }) => objects));
  const rate = formatRate((bytes * 1000) / Math.max(durationMs, 1));
  return `${which} ${outcome(ended)}: ${objects}, ${formatBytes(bytes)} in ${formatDuration(durationMs)} (${rate})`;
}

function outcome(ended: readonly EpochEndEvent[]): string {
  const early = ended.filter(({ outcome }) => outcome === 'closedEarly').length;
  if (early === 0) return 'complete';
  return early === ended.length ? 'closed early by the reader' : `over, ${early} closed early by the reader`;
}

function total(ended: readonly EpochEndEvent[], of: (event: EpochEndEvent) => number): number {
  return ended.reduce((sum, event) => sum + of(event), 0);
}
