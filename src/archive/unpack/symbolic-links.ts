// Runs in a thread of ours: everything here is synchronous.
import { bytesOf } from './safe-name.js';
import { unsafe } from './unpack-errors.js';

export interface SymbolicLink {
  readonly names: readonly string[];
  readonly target: Buffer;
  /** In seconds. */
  readonly mtime: number;
}

/** After so many links the kernel gives up, and so does whoever would follow one out of the directory. */
const MOST_FOLLOWED = 40;

/**
 * The symbolic links of an archive. They are made last, when every file is written, so that nothing is ever written
 * through one; and only if each, with all the others in place, stays in the directory.
 */
export class SymbolicLinks {
  readonly #links = new Map<string, SymbolicLink>();

  /** Whether there is to be one of that name. */
  at(names: readonly string[]): SymbolicLink | undefined {
    return this.#links.size === 0 ? undefined : this.#links.get(names.join('/'));
  }

  add(link: SymbolicLink): void {
    const name = bytesOf(link.names);
    if (link.target.length === 0) throw unsafe(name, 'it is a link to nothing');
    if (link.target.includes(0)) throw unsafe(name, 'what it links to contains a NUL');
    this.#links.set(link.names.join('/'), link);
  }

  /** Refuses an entry that is below a link. */
  checkAbove(names: readonly string[], shown: Buffer): void {
    if (this.#links.size === 0) return;
    for (let depth = 1; depth < names.length; depth++) {
      if (this.at(names.slice(0, depth)))
        throw unsafe(shown, `"${names.slice(0, depth).join('/')}" on its way is a link`);
    }
  }

  /** All of them, each checked unless it may lead anywhere. */
  *checked(mayLeave: boolean): Generator<SymbolicLink> {
    for (const link of this.#links.values()) {
      if (!mayLeave && this.#leaves(link)) {
        throw unsafe(
          bytesOf(link.names),
          `it is a link out of the directory, to "${link.target.toString()}"`,
        );
      }
      yield link;
    }
  }

  /** Goes its way as the kernel would. */
  #leaves({ names, target }: SymbolicLink): boolean {
    const at = names.slice(0, -1);
    const ahead = namesAhead(target);
    if (ahead === undefined) return true;
    for (let followed = 0; ;) {
      const name = ahead.pop();
      if (name === undefined) return false;
      if (name === '..') {
        if (at.pop() === undefined) return true;
        continue;
      }
      at.push(name);
      const link = this.at(at);
      if (link === undefined) continue;
      if (++followed > MOST_FOLLOWED) return false;
      const more = namesAhead(link.target);
      if (more === undefined) return true;
      at.pop();
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
