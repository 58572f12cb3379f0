import { type Summary, summarize } from './statistics.js';

/** Two figures that were measured one after the other, so that a noisy moment hits both. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** A peer and ours in turns. */
export async function playPairs(
  { rounds, progress }: { readonly rounds: number; readonly progress: (what: string) => void },
  peer: string,
  theirs: () => Promise<number>,
  ours: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${peer}`);
    const its = await theirs();
    progress(`round ${round} of ${rounds}, ours`);
    pairs.push({ theirs: its, ours: await ours() });
  }
  return pairs;
}

/** The same, after a turn of ours that does not count: it loads and starts what stays. */
export async function playWarmPairs(...[game, peer, theirs, ours]: Parameters<typeof playPairs>) {
  game.progress('warm-up');
  await ours();
  return await playPairs(game, peer, theirs, ours);
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
