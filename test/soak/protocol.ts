import type { Problem } from './problem.js';

/** What a runner is told to do. */
export interface RunCommand {
  readonly seed: number;
  /** Whether to collect garbage and measure what is left. */
  readonly measures: boolean;
  /** Whether the library's threads are there already. */
  readonly isWarm: boolean;
}

/** What a runner says of a scenario. */
export interface RunReport {
  readonly seed: number;
  readonly kinds: readonly string[];
  readonly problems: readonly Problem[];
  readonly epochs: number;
  readonly bytes: number;
  readonly channels: number;
  readonly faults: number;
  readonly durationMs: number;
  readonly memory: MemoryUse;
  /** Whether the runner cannot go on: what hangs would be found in the next scenario too. */
  readonly isSpoilt: boolean;
}

interface MemoryUse {
  readonly rss: number;
  /** After a collection; only if it was asked for. */
  readonly heap?: number | undefined;
}
