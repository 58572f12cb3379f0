import { createHash } from 'node:crypto';

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * The numbers from 0 up to `length` in an order that depends on nothing but the arguments: the same on every
 * machine, and another one for another seed or epoch.
 *
 * Whatever is changed here changes what people train on: it is a breaking change.
 */
export function permutation(length: number, seed: bigint, epoch: number): Uint32Array {
  const random = xoroshiro128plusFromState(stateOf(seed, epoch));
  const order = new Uint32Array(length);
  for (let last = 0; last < length; last++) {
    // Fisher and Yates's shuffle, from the inside out.
    const place = uniformInt(random, 0, last);
    order[last] = order[place]!;
    order[place] = last;
  }
  return order;
}

/** Hashed, so that neighbouring seeds and epochs have nothing in common, and all of both is used. */
function stateOf(seed: bigint, epoch: number): number[] {
  const hash = createHash('sha256').update(`${seed}/${epoch}`).digest();
  return [0, 4, 8, 12].map((at) => hash.readInt32LE(at));
}
