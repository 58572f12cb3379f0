import type { FifoSink } from '../fifo/fifo-sink.js';
import type { MemoryLimit } from '../source/source.js';
import { nameGzipKey } from '../transform/gunzip.js';
import { failureOf } from './failure.js';
import type { InflatedSegment } from './open-object.js';

/** An object that the sink inflates. */
export interface InflatedObject extends InflatedSegment {
  readonly key: string;
}

/** The channel's bound on memory, and how much it is in all. */
interface Bound {
  readonly memory: MemoryLimit;
  readonly prefetchBytes: number;
}

/** Less is not worth asking for: the object whose turn it is goes on without. */
const LEAST_BYTES = 1024 * 1024;

/**
 * Lets the sink's threads inflate and write neighbouring objects. What is free of the channel's memory is theirs until
 * they are done.
 */
export async function writeInflated(
  objects: readonly InflatedObject[],
  sink: FifoSink,
  { memory, prefetchBytes }: Bound,
  finish: (object: InflatedObject, bytes: number) => void,
): Promise<void> {
  for (const run of runsOf(objects)) {
    const memoryBytes = reserveWhatIsFree(memory, prefetchBytes);
    try {
      const outcome = await sink.writeInflated({
        objects: run.map(({ inflated }) => inflated.parts),
        recordio: run[0]!.inflated.recordio,
        memoryBytes,
        onObject: (index, bytes) => {
          finish(run[index]!, bytes);
        },
      });
      if (typeof outcome === 'object') throw blame(outcome.error, run[outcome.index]!.key);
      if (outcome === 'closed') return;
    } finally {
      memory.release(memoryBytes);
    }
  }
}

/** Neighbours of which all become records, or none. */
function runsOf(objects: readonly InflatedObject[]): InflatedObject[][] {
  const runs: InflatedObject[][] = [];
  for (const object of objects) {
    const last = runs.at(-1);
    if (last?.[0]!.inflated.recordio === object.inflated.recordio) last.push(object);
    else runs.push([object]);
  }
  return runs;
}

function reserveWhatIsFree(memory: MemoryLimit, most: number): number {
  for (let bytes = most; bytes >= LEAST_BYTES; bytes = Math.floor(bytes / 2))
    if (memory.tryReserve(bytes)) return bytes;
  return 0;
}

function blame(error: Error, key: string): Error {
  return failureOf(nameGzipKey(error, key), { code: 'SOURCE_FAILED', what: 'Reading failed for', key });
}
