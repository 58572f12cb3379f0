import { type Traits, traitsOf } from './kinds.js';
import type { Scenario } from './scenario.js';

type Trait = keyof Traits;

const TRAITS: readonly Trait[] = ['thread', 'company', 'mode', 'source', 'transform', 'path', 'order', 'fault', 'stop', 'readers']; // prettier-ignore

/** How many of the combinations that did not occur are named, of each two traits. */
const NAMED = 6;

/** Counts which values of every two traits of a channel came together. */
export class Coverage {
  readonly #values = new Map<Trait, Set<string>>(TRAITS.map((trait) => [trait, new Set()]));
  readonly #pairs = new Map<string, number>();

  add(scenario: Scenario): void {
    for (const traits of traitsOf(scenario)) {
      for (const [at, one] of TRAITS.entries()) {
        for (const a of valuesOf(traits, one)) {
          this.#values.get(one)!.add(a);
          for (const other of TRAITS.slice(at + 1)) {
            for (const b of valuesOf(traits, other)) {
              const pair = `${a} × ${b}`;
              this.#pairs.set(pair, (this.#pairs.get(pair) ?? 0) + 1);
            }
          }
        }
      }
    }
  }

  /** A line for every two traits: how often their rarest combination occurred, or which did not occur. */
  toString(): string {
    return TRAITS.flatMap((one, at) => TRAITS.slice(at + 1).map((other) => this.#line(one, other))).join(
      '\n',
    );
  }

  #line(one: Trait, other: Trait): string {
    const pairs = [...this.#values.get(one)!].flatMap((a) =>
      [...this.#values.get(other)!].map((b) => `${a} × ${b}`),
    );
    const missing = pairs.filter((pair) => !this.#pairs.has(pair)).sort();
    const seen = pairs.filter((pair) => this.#pairs.has(pair));
    const rarest = Math.min(...seen.map((pair) => this.#pairs.get(pair)!));
    const more = missing.length > NAMED ? `, and ${missing.length - NAMED} more` : '';
    const without = missing.length > 0 ? `; without ${missing.slice(0, NAMED).join(', ')}${more}` : '';
    return `${one} × ${other}: ${seen.length} of ${pairs.length}, the rarest ${rarest} times${without}`;
  }
}

function valuesOf(traits: Traits, trait: Trait): readonly string[] {
  const value = traits[trait];
  return typeof value === 'string' ? [value] : value;
}
