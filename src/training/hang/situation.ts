import type { EpochReading } from '../../delivery/epoch-readings.js';
import type { ProcessWaits } from '../../runner/runner.js';
import type { ChannelStats } from '../../stats.js';

/** A host at a moment: what its processes wait for, and what its channels do. */
export interface HostSituation {
  readonly host: string;
  /** All hosts of the job. */
  readonly hosts: readonly string[];
  /** Where the channels are, as the processes see it. */
  readonly data: string;
  readonly channels: readonly ChannelSituation[];
  readonly processes: readonly ProcessWaits[];
}

/** A channel at a moment. */
export interface ChannelSituation {
  readonly name: string;
  /** `Pipe`, `File` or `FastFile`. */
  readonly inputMode: string;
  /** How many it has, or `Infinity`. */
  readonly epochs: number;
  readonly stats: ChannelStats;
  /** How much of each epoch was read. Empty if it has no FIFOs. */
  readonly readings: readonly EpochReading[];
}

/** Whether somebody has opened an epoch of a channel. */
export function wasOpened({ stats: { epoch, state } }: ChannelSituation, number: number): boolean {
  return number < epoch || (number === epoch && state !== 'waiting' && state !== 'idle');
}
