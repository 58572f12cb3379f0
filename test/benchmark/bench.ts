import type { Datasets } from './datasets.js';
import type { Reader } from './reader.js';
import type { Row, ScalingRow } from './result.js';
import type { Sizes } from './sizes.js';
import type { Toolchain } from './toolchain.js';

/** What cases are given. */
export interface Bench {
  readonly workspace: string;
  readonly reader: Reader;
  readonly tools: Toolchain;
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly data: Datasets;
  /** Says what is going on. */
  readonly progress: (what: string) => void;
}

/** Some lines of the table, that are measured together. */
export interface BenchmarkCase {
  readonly name: string;
  run(bench: Bench): Promise<CaseResult>;
}

export interface CaseResult {
  readonly rows: readonly Row[];
  readonly scaling?: readonly ScalingRow[];
}
