import type { FifoSink } from '../fifo/fifo-sink.js';
import type { MemoryLimit } from '../source/source.js';
import { nameGzipKey } from '../transform/gunzip.js';
import { failureOf } from './failure.js';
import type { InflatedPiece } from './open-object.js';

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
  pieces: readonly InflatedPiece[],
  sink: FifoSink,
  { memory, prefetchBytes }: Bound,
  finish: (piece: InflatedPiece, bytes: number) => void,
): Promise<void> {
  for (const run of runsOf(pieces)) {
    const memoryBytes = takeWhatIsFree(memory, prefetchBytes);
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
      memory.give(memoryBytes);
    }
  }
}

/** Neighbours of which all become records, or none. */
function runsOf(pieces: readonly InflatedPiece[]): InflatedPiece[][] {
  const runs: InflatedPiece[][] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.[0]!.inflated.recordio === piece.inflated.recordio) last.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

function takeWhatIsFree(memory: MemoryLimit, most: number): number {
  for (let bytes = most; bytes >= LEAST_BYTES; bytes = Math.floor(bytes / 2))
    if (memory.tryTake(bytes)) return bytes;
  return 0;
}

function blame(error: Error, key: string): Error {
  return failureOf(nameGzipKey(error, key), { code: 'SOURCE_FAILED', what: 'Reading failed for', key });
}
