import { checkReading, type Contender, type Expected } from './contender.js';
import type { OurContender } from './ours.js';
import { type Pair, summarizePairs } from './pairs.js';
import { type Peer, PeerFailed } from './peer.js';
import type { Summary } from './statistics.js';

/** How a peer fared, in bytes per second. */
export interface Duel {
  readonly peer: string;
  readonly ours: Summary;
  readonly theirs: Summary;
  /** Ours by theirs, of the readings that were neighbours. */
  readonly ratio: Summary;
}

export interface RoundsResult {
  readonly duels: readonly Duel[];
  readonly missing: readonly { readonly name: string; readonly missing: string }[];
}

interface Game {
  readonly peers: readonly Peer[];
  readonly expected: Expected;
  /** What a peer has to deliver, if it is something else. */
  readonly expectedOfPeers: Expected;
  readonly rounds: number;
  /** Called before every turn. */
  readonly prepare: () => void;
  readonly progress: (what: string) => void;
}

/** A peer that is here and works, as far as is known. */
interface Opponent {
  readonly peer: Contender;
  readonly pairs: Pair[];
  failure?: string;
}

/**
 * Peer A, ours, peer B, ours …, round after round, after an epoch that starts the threads and one whose bytes are
 * compared: neighbours in time are compared, so that a noisy moment hits both.
 */
export async function playRounds(game: Game & { readonly ours: OurContender }): Promise<RoundsResult> {
  const { ours, expected, progress } = game;
  progress('checksum');
  await speed(ours, expected);
  await ours.verify(expected);
  return await play(game, () => speed(ours, expected));
}

/** The same with a process of ours that has just started, every time. */
export async function playFirstEpochs(
  game: Game & { readonly begin: () => Promise<OurContender> },
): Promise<RoundsResult> {
  return await play(game, async () => {
    const ours = await game.begin();
    try {
      const first = await speed(ours, game.expected);
      await ours.close();
      return first;
    } finally {
      await ours.close().catch(() => undefined);
    }
  });
}

async function play(game: Game, ours: () => Promise<number>): Promise<RoundsResult> {
  const { peers, expectedOfPeers, rounds, prepare, progress } = game;
  const opponents = peers.flatMap((peer): Opponent[] => ('read' in peer ? [{ peer, pairs: [] }] : []));
  for (let round = 1; round <= rounds; round++) {
    for (const opponent of opponents) {
      const { peer, pairs } = opponent;
      if (opponent.failure !== undefined) continue;
      progress(`round ${round} of ${rounds}, ${peer.name}`);
      prepare();
      const theirs = await speed(peer, expectedOfPeers).catch((error: unknown) => {
        if (!(error instanceof PeerFailed)) throw error;
        opponent.failure = error.message;
      });
      if (theirs === undefined) continue;
      progress(`round ${round} of ${rounds}, ours`);
      prepare();
      pairs.push({ theirs, ours: await ours() });
    }
  }
  return {
    duels: opponents.filter(({ failure }) => failure === undefined).map(duel),
    missing: [
      ...peers.flatMap((peer) => ('missing' in peer ? [peer] : [])),
      ...opponents.flatMap(({ peer: { name }, failure: missing }) => (missing ? [{ name, missing }] : [])),
    ],
  };
}

async function speed(contender: Contender, expected: Expected): Promise<number> {
  const reading = await contender.read();
  checkReading(contender.name, reading, expected);
  return reading.bytes / contender.secondsOf(reading);
}

function duel({ peer, pairs }: Opponent): Duel {
  return { peer: peer.name, ...summarizePairs(pairs) };
}
