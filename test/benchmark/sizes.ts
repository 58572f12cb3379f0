/** How much data the cases use. */
export interface Sizes {
  readonly rawBytes: number;
  readonly records: number;
  readonly mediumFiles: number;
  readonly smallFiles: number;
  readonly smallFileBytes: number;
  readonly gzipObjects: number;
  readonly gzipObjectBytes: number;
  readonly oneGzipBytes: number;
  /** What a source in JavaScript yields in chunks of 64 KiB, in small chunks, and as a record of unknown length. */
  readonly chunksBytes: number;
  readonly smallChunksBytes: number;
  readonly spillBytes: number;
  /** What it yields to a slow reader. */
  readonly heldBytes: number;
  readonly s3LargeBytes: number;
  readonly s3SmallObjects: number;
  readonly s3SmallBytes: number;
  readonly memoryBytes: number;
  /** How often what takes milliseconds is repeated. */
  readonly repetitions: number;
  /** How often a process is started afresh. */
  readonly freshProcesses: number;
  /** How many pairs of containers are started. */
  readonly containers: number;
  readonly logLines: number;
  readonly modelBytes: number;
  /** How often an endpoint is asked in a round. */
  readonly invocations: number;
  /** How long an idle process is watched, in milliseconds. */
  readonly idleMs: number;
  /** Numbers of small files, of epochs, and of channels with which cost is compared. */
  readonly scaling: { readonly objects: readonly number[]; readonly epochs: readonly number[] };
}

const FULL: Sizes = {
  rawBytes: 2e9,
  records: 64,
  mediumFiles: 2000,
  smallFiles: 20_000,
  smallFileBytes: 1024,
  gzipObjects: 16,
  gzipObjectBytes: 16e6,
  oneGzipBytes: 256e6,
  chunksBytes: 1e9,
  smallChunksBytes: 250e6,
  spillBytes: 256e6,
  heldBytes: 400e6,
  s3LargeBytes: 512 * 1024 * 1024,
  s3SmallObjects: 1000,
  s3SmallBytes: 100_000,
  memoryBytes: 10e9,
  repetitions: 200,
  freshProcesses: 9,
  containers: 15,
  logLines: 100_000,
  modelBytes: 1e9,
  invocations: 100_000,
  idleMs: 2000,
  scaling: { objects: [1000, 5000, 20_000], epochs: [1, 10, 100] },
};

const QUICK: Sizes = {
  rawBytes: 64e6,
  records: 8,
  mediumFiles: 60,
  smallFiles: 500,
  smallFileBytes: 1024,
  gzipObjects: 4,
  gzipObjectBytes: 1e6,
  oneGzipBytes: 4e6,
  chunksBytes: 32e6,
  smallChunksBytes: 8e6,
  spillBytes: 8e6,
  heldBytes: 20e6,
  s3LargeBytes: 8 * 1024 * 1024,
  s3SmallObjects: 20,
  s3SmallBytes: 100_000,
  memoryBytes: 500e6,
  repetitions: 10,
  freshProcesses: 1,
  containers: 1,
  logLines: 2000,
  modelBytes: 8e6,
  invocations: 2000,
  idleMs: 300,
  scaling: { objects: [100, 500], epochs: [1, 10] },
};

export function sizesFor(quick: boolean): Sizes {
  return quick ? QUICK : FULL;
}
