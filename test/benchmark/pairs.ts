import { type Summary, summarize } from './statistics.js';

/** Two figures that were measured one after the other, so that a noisy moment hits both. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** A peer and ours in turns, after one turn of each that does not count. */
export async function playPairs(
  { rounds, progress }: { readonly rounds: number; readonly progress: (what: string) => void },
  peer: string,
  theirs: () => Promise<number>,
  ours: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round++) {
    const which = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`;
    progress(`${which}, ${peer}`);
    const its = await theirs();
    progress(`${which}, ours`);
    pairs.push({ theirs: its, ours: await ours() });
  }
  return pairs.slice(1);
}

/** Figures of which more is better, and how many times better ours are. */
export function summarizePairs(pairs: readonly Pair[]): Record<'ours' | 'theirs' | 'ratio', Summary> {
  return { ...figures(pairs), ratio: summarize(pairs.map(({ ours, theirs }) => ours / theirs)) };
}

/** The same of what takes time. */
export function summarizeTimes(pairs: readonly Pair[]): Record<'ours' | 'theirs' | 'ratio', Summary> {
  return { ...figures(pairs), ratio: summarize(pairs.map(({ ours, theirs }) => theirs / ours)) };
}

/** What takes time, and how much more ours take. */
export function summarizeDelays(pairs: readonly Pair[]): Record<'ours' | 'theirs' | 'more', Summary> {
  return { ...figures(pairs), more: summarize(pairs.map(({ ours, theirs }) => ours - theirs)) };
}

function figures(pairs: readonly Pair[]): Record<'ours' | 'theirs', Summary> {
  return {
    ours: summarize(pairs.map(({ ours }) => ours)),
    theirs: summarize(pairs.map(({ theirs }) => theirs)),
  };
}
