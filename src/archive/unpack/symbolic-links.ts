// Runs in a thread of ours: everything here is synchronous.
import { shownName } from '../shown-name.js';
import { bytesOf, checkLength } from './safe-name.js';
import { unsafe } from './unpack-errors.js';

export interface SymbolicLink {
  readonly names: readonly string[];
  readonly target: Buffer;
  /** In seconds. */
  readonly mtime: number;
}

/** After so many links the kernel gives up, and so does whoever would follow one out of the directory. */
const MOST_FOLLOWED = 40;
/** How many names on the ways of all links are looked at: nobody has as many, and no more cost seconds. */
const MOST_STEPS = 10_000_000;

/** A name on the way to links, so that a way is gone name by name, however long it is. */
interface Place {
  readonly below: Map<string, Place>;
  link?: SymbolicLink;
}

/**
 * The symbolic links of an archive. They are made last, when every file is written, so that nothing is ever written
 * through one; and only if each, with all the others in place, stays in the directory.
 */
export class SymbolicLinks {
  readonly #root: Place = { below: new Map() };
  readonly #all: SymbolicLink[] = [];
  #steps = 0;

  /** Whether there is to be one of that name. */
  at(names: readonly string[]): SymbolicLink | undefined {
    let place: Place | undefined = this.#root;
    for (const name of names) place = place?.below.get(name);
    return place?.link;
  }

  add(link: SymbolicLink): void {
    const name = bytesOf(link.names);
    checkLength(link.target, name, 'what it links to');
    if (link.target.length === 0) throw unsafe(name, 'it is a link to nothing');
    if (link.target.includes(0)) throw unsafe(name, 'what it links to contains a NUL');
    let place = this.#root;
    for (const each of link.names) {
      const next: Place = place.below.get(each) ?? { below: new Map() };
      place.below.set(each, next);
      place = next;
    }
    place.link = link;
    this.#all.push(link);
  }

  /** Refuses an entry that is below a link. */
  checkAbove(names: readonly string[], shown: Buffer): void {
    let place = this.#root;
    for (let depth = 0; depth < names.length - 1; depth++) {
      const next = place.below.get(names[depth]!);
      if (next === undefined) return;
      if (next.link) {
        const above = shownName(bytesOf(names.slice(0, depth + 1)));
        throw unsafe(shown, `"${above}" on its way is a link`);
      }
      place = next;
    }
  }

  /** All of them, each checked unless it may lead anywhere. */
  *checked(mayLeave: boolean): Generator<SymbolicLink> {
    for (const link of this.#all) {
      if (!mayLeave && this.#leaves(link)) {
        throw unsafe(
          bytesOf(link.names),
          `it is a link out of the directory, to "${shownName(link.target)}"`,
        );
      }
      yield link;
    }
  }

  /** Goes its way as the kernel would. */
  #leaves({ names, target }: SymbolicLink): boolean {
    const at: (Place | undefined)[] = [this.#root];
    for (const name of names.slice(0, -1)) at.push(at.at(-1)?.below.get(name));
    const ahead = namesAhead(target);
    if (ahead === undefined) return true;
    for (let followed = 0; ;) {
      const name = ahead.pop();
      if (name === undefined) return false;
      if (++this.#steps > MOST_STEPS)
        throw unsafe(bytesOf(names), 'its links are too many, and too long, to follow');
      if (name === '..') {
        at.pop();
        if (at.length === 0) return true;
        continue;
      }
      const place = at.at(-1)?.below.get(name);
      if (place?.link === undefined) {
        at.push(place);
        continue;
      }
      if (++followed > MOST_FOLLOWED) return false;
      const more = namesAhead(place.link.target);
      if (more === undefined) return true;
      ahead.push(...more);
    }
  }
}

/** The next one last; none of an absolute path. */
function namesAhead(target: Buffer): string[] | undefined {
  const text = target.toString('latin1');
  if (text.startsWith('/')) return undefined;
  return text
    .split('/')
    .filter((each) => each !== '' && each !== '.')
    .reverse();
}
