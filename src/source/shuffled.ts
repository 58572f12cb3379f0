import { expected } from '../options/expected.js';
import { readOptions } from '../options/read-options.js';
import { checkSource } from './check-source.js';
import { indexOf, readIndex } from './index-of.js';
import { permutation } from './permutation.js';
import { derivedSource } from './derived-source.js';
import type { EpochContext, Source, SourceIndex } from './source.js';

/** How {@link shuffled} orders. */
export interface ShuffleOptions {
  /**
   * Any integer that fits 64 bits, as SageMaker's `ShuffleConfig.Seed`: a safe integer, or a `bigint` from
   * -2^63 to 2^63 - 1. The same seed gives the same orders, on every machine.
   */
  readonly seed: number | bigint;
}

/**
 * A source's entries in an order that looks random: its keys, the entries of a manifest, or the lines of an
 * augmented manifest (whose attributes stay together). The order depends on the seed, the epoch and the number of
 * entries only, and is another one in every epoch.
 *
 * The generator is ours: SageMaker shuffles too, but does not say how, so the same seed gives another order there.
 *
 * Every epoch begins when the source has been listed to its end. The list is held meanwhile: some 100 bytes per
 * object of files or S3, 4 bytes more for its place.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, and what the source throws.
 *
 * @example
 * ```ts
 * import { createChannel, fileSource, shuffled } from 'sagemaker-pipe-mode';
 *
 * const source = shuffled(fileSource('./data/training'), { seed: 42 });
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 3 }).start();
 * ```
 */
export function shuffled(source: Source, options: ShuffleOptions): Source {
  checkSource(source);
  const seed = checkSeed(readOptions(options, { seed: true }, 'shuffle').seed);
  return derivedSource(source, {
    mayBeEmpty: source.mayBeEmpty,
    index: (context) => shuffledIndex(source, seed, context),
    async *pages(context) {
      yield* readIndex(await shuffledIndex(source, seed, context));
    },
  });
}

async function shuffledIndex(source: Source, seed: bigint, context: EpochContext): Promise<SourceIndex> {
  const index = await indexOf(source, context);
  const order = permutation(index.length, seed, context.epoch);
  return {
    length: index.length,
    read: (positions) => index.read(inOrder(order, positions)),
    close: () => index.close?.(),
  };
}

function* inOrder(order: Uint32Array, positions: Iterable<number>): Generator<number> {
  for (const position of positions) yield order[position]!;
}

const LEAST_SEED = -(2n ** 63n);
const GREATEST_SEED = 2n ** 63n - 1n;

function checkSeed(seed: unknown): bigint {
  const isInteger = typeof seed === 'bigint' || Number.isSafeInteger(seed);
  const value = isInteger ? BigInt(seed as number | bigint) : undefined;
  if (value !== undefined && value >= LEAST_SEED && value <= GREATEST_SEED) return value;
  throw expected('shuffle.seed', 'a safe integer, or a bigint from -2^63 to 2^63 - 1', seed);
}
