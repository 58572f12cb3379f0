// Runs in a thread of ours: everything here is synchronous.
import { type Stats, statSync } from 'node:fs';

import { hasLocalClock, settledNow } from '../../fs/local-clock.js';
import { entriesInOrder, type Entry } from './entries-in-order.js';

/** How many names are kept, some hundred bytes each. */
const MOST_NAMES = 32 * 1024;

interface Listing {
  readonly entries: readonly Entry[];
  /** Of the directory, when it was listed. */
  readonly status: Stats;
}

/**
 * Lists directories, and keeps what they have for the next epoch. A directory whose times have not changed since has the same
 * names, if its times are such that every change would show; a link's target may change all the same.
 */
export class ListedDirectories {
  readonly #mostNames: number;
  readonly #settledNow: () => number;
  readonly #listings = new Map<string, Listing>();
  #names = 0;

  /** @param options - `mostNames`: how many are kept; `settledNow`: what changed last before then will show every change */
  constructor(options: { mostNames?: number; settledNow?: () => number } = {}) {
    this.#mostNames = options.mostNames ?? MOST_NAMES;
    this.#settledNow = options.settledNow ?? settledNow;
  }

  /** @throws {@link PipeModeError} as `entriesInOrder` */
  readonly list = (directory: string): readonly Entry[] => {
    const known = this.#listings.get(directory);
    if (known && isSame(known.status, statusOf(directory))) return known.entries;
    if (known) this.#forget(directory, known);
    const status = settledStatusOf(directory, this.#settledNow());
    const entries = entriesInOrder(directory);
    if (status && !entries.some(({ isLinkTo }) => isLinkTo)) this.#keep(directory, { entries, status });
    return entries;
  };

  /** The oldest give way. */
  #keep(directory: string, listing: Listing): void {
    if (listing.entries.length > this.#mostNames) return;
    this.#names += listing.entries.length;
    this.#listings.set(directory, listing);
    for (const [oldest, { entries }] of this.#listings) {
      if (this.#names <= this.#mostNames) return;
      this.#forget(oldest, { entries });
    }
  }

  #forget(directory: string, { entries }: Pick<Listing, 'entries'>): void {
    this.#listings.delete(directory);
    this.#names -= entries.length;
  }
}

function isSame(a: Stats, b: Stats | undefined): boolean {
  if (!b) return false;
  return a.dev === b.dev && a.ino === b.ino && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** Its status, if every change from now on will show. */
function settledStatusOf(directory: string, settled: number): Stats | undefined {
  const status = statusOf(directory);
  if (!status || status.mtimeMs >= settled || status.ctimeMs >= settled) return undefined;
  return hasLocalClock(directory) ? status : undefined;
}

/** `undefined` if there is none: whoever lists it says why. */
function statusOf(directory: string): Stats | undefined {
  try {
    return statSync(directory);
  } catch {
    return undefined;
  }
}
