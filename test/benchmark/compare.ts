import type { Bench, CaseResult } from './bench.js';
import type { Expected } from './contender.js';
import { type ChannelPlan, OurContender } from './ours.js';
import type { Peer } from './peer.js';
import { isMet, type Row, type Unit } from './result.js';
import { playRounds, type RoundsResult } from './rounds.js';
import type { Summary } from './statistics.js';

export interface Comparison {
  readonly case: string;
  readonly plan: Omit<ChannelPlan, 'name' | 'dest'>;
  readonly peers: readonly Peer[];
  readonly expected: Expected;
  readonly expectedOfPeers?: Expected;
  /** By the names of the peers: how many times better we want to be. */
  readonly goals: Readonly<Record<string, number>>;
  /** If it says more than bytes per second. */
  readonly objects?: number;
  /** Peers that take long have their turn less often. */
  readonly maxRounds?: number;
}

/** Plays some rounds and makes a line of the table for each peer. */
export async function compare(bench: Bench, comparison: Comparison): Promise<CaseResult> {
  const { reader, workspace, progress } = bench;
  const { plan, peers, maxRounds = Infinity } = comparison;
  const ours = await OurContender.start(plan, { reader, workspace });
  try {
    const rounds = Math.min(bench.rounds, maxRounds);
    const result = await playRounds({ ...comparison, ours, rounds, progress });
    await ours.close();
    return { rows: toRows(comparison, result) };
  } finally {
    await ours.close().catch(() => undefined);
    for (const peer of peers) if ('close' in peer) await peer.close();
  }
}

function toRows(comparison: Comparison, { first, duels, missing }: RoundsResult): Row[] {
  const { goals, expected, objects } = comparison;
  const unit: Unit = objects === undefined ? 'bytes/s' : 'objects/s';
  const factor = objects === undefined ? 1 : objects / expected.bytes;
  return [
    ...duels.map(({ peer, ours, theirs, ratio }): Row => {
      const least = goals[peer];
      const goal = least === undefined ? undefined : { ratioAtLeast: least };
      return {
        case: comparison.case,
        unit,
        ours: scale(ours, factor),
        first: first * factor,
        peer,
        theirs: scale(theirs, factor),
        ratio,
        ...(goal && { goal, met: isMet(goal, ours, ratio) }),
      };
    }),
    ...missing.map(({ name, missing: skipped }): Row => ({
      case: comparison.case,
      unit,
      peer: name,
      skipped,
    })),
  ];
}

function scale({ median, min, max }: Summary, factor: number): Summary {
  return { median: median * factor, min: min * factor, max: max * factor };
}
