import { createHash } from 'node:crypto';

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Decisions that depend on nothing but a seed. */
export class Random {
  readonly #generator;

  constructor(seed: string | number) {
    const hash = createHash('sha256').update(String(seed)).digest();
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at)));
  }

  /** An integer from `from` up to and including `to`. */
  int(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.int(0, 99) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  /** One of the choices, each as likely as its weight says. */
  weighted<const T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let at = this.int(0, choices.reduce((sum, [weight]) => sum + weight, 0) - 1);
    for (const [weight, choice] of choices) {
      if (at < weight) return choice;
      at -= weight;
    }
    throw new Error('Weights do not add up');
  }

  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }

  shuffle<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last--) {
      const place = this.int(0, last);
      [order[last], order[place]] = [order[place]!, order[last]!];
    }
    return order;
  }
}

/** The seed of one scenario of a run. */
export function scenarioSeed(runSeed: number, index: number): number {
  return new Random(`${runSeed}/${index}`).int(1, 2 ** 31 - 1);
}
