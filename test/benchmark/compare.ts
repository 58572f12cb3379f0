import type { Bench, CaseResult } from './bench.js';
import type { Expected } from './contender.js';
import { fetchFreeMemory } from './free-memory.js';
import { type ChannelPlan, OurContender } from './ours.js';
import type { Peer } from './peer.js';
import type { Cores } from './reader.js';
import { type Goal, judged, type Row, type Unit } from './result.js';
import { type Duel, playFirstEpochs, playRounds, type RoundsResult } from './rounds.js';
import type { Summary } from './statistics.js';

export interface Comparison {
  readonly case: string;
  readonly plan: Omit<ChannelPlan, 'name' | 'dest'>;
  readonly peers: readonly Peer[];
  readonly expected: Expected;
  readonly expectedOfPeers?: Expected;
  /** By the names of the peers: how many times better we want to be, or how many bytes per second we want. */
  readonly goals: Readonly<Record<string, Goal>>;
  /** The same for first epochs, which are measured for these peers only. */
  readonly firstGoals?: Readonly<Record<string, Goal | undefined>>;
  /** If it says more than bytes per second. */
  readonly objects?: number;
  /** Where the library and its reader have to run; peers are made so. Default: anywhere. */
  readonly cores?: Cores | undefined;
  /** How much memory a turn takes that was free before, in bytes, if it is much. */
  readonly memoryBytes?: number;
  /** Peers that take long have their turn less often. */
  readonly maxRounds?: number;
}

/** Plays some rounds and makes a line of the table for each peer, and one more for its first epochs. */
export async function compare(bench: Bench, comparison: Comparison): Promise<CaseResult> {
  const { reader, workspace, progress } = bench;
  const {
    plan,
    peers,
    expected,
    expectedOfPeers = expected,
    firstGoals = {},
    maxRounds = Infinity,
    cores,
    memoryBytes = 0,
  } = comparison;
  const rounds = Math.min(bench.rounds, maxRounds);
  const begin = () => OurContender.start(plan, { reader, workspace, cores });
  const ours = await begin();
  try {
    const prepare = () => {
      if (memoryBytes > 0) fetchFreeMemory(memoryBytes);
    };
    const input = { peers, expected, expectedOfPeers, rounds, prepare, progress };
    const steady = await playRounds({ ...input, ours });
    await ours.close();
    const isFirst = (peer: Peer) => peer.name in firstGoals && 'read' in peer;
    const first = await playFirstEpochs({ ...input, peers: peers.filter(isFirst), begin });
    return { rows: [...firstRows(comparison, first), ...steadyRows(comparison, steady)] };
  } finally {
    await ours.close().catch(() => undefined);
    for (const peer of peers) if ('close' in peer) await peer.close();
  }
}

function firstRows(comparison: Comparison, { duels }: RoundsResult): Row[] {
  const name = `${comparison.case}, first epoch`;
  return duels.map((duel) => toRow(comparison, name, duel, comparison.firstGoals?.[duel.peer]));
}

function steadyRows(comparison: Comparison, { duels, missing }: RoundsResult): Row[] {
  const name = comparison.case;
  return [
    ...duels.map((duel) => toRow(comparison, name, duel, comparison.goals[duel.peer])),
    ...missing.map(({ name: peer, missing: skipped }): Row => ({
      case: name,
      unit: unitOf(comparison),
      peer,
      skipped,
    })),
  ];
}

function toRow(
  comparison: Comparison,
  name: string,
  { peer, ours, theirs, ratio }: Duel,
  goal: Goal | undefined,
): Row {
  const { expected, objects } = comparison;
  const factor = objects === undefined ? 1 : objects / expected.bytes;
  const figures = { ours: scale(ours, factor), peer, theirs: scale(theirs, factor), ratio };
  return judged({ case: name, unit: unitOf(comparison), ...figures }, goal);
}

function unitOf({ objects }: Comparison): Unit {
  return objects === undefined ? 'bytes/s' : 'objects/s';
}

function scale({ median, min, max }: Summary, factor: number): Summary {
  return { median: median * factor, min: min * factor, max: max * factor };
}
