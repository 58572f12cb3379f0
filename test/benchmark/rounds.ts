import { checkReading, type Contender, type Expected } from './contender.js';
import type { OurContender } from './ours.js';
import { type Peer, PeerFailed } from './peer.js';
import { type Summary, summarize } from './statistics.js';

/** How a peer fared, in bytes per second. */
interface Duel {
  readonly peer: string;
  readonly ours: Summary;
  readonly theirs: Summary;
  /** Ours by theirs, of the readings that were neighbours. */
  readonly ratio: Summary;
}

export interface RoundsResult {
  /** Ours of the first epoch of a process, in bytes per second: it starts the threads. */
  readonly first: number;
  readonly duels: readonly Duel[];
  readonly missing: readonly { readonly name: string; readonly missing: string }[];
}

export interface RoundsInput {
  readonly ours: OurContender;
  readonly peers: readonly Peer[];
  readonly expected: Expected;
  /** What a peer has to deliver, if it is something else. */
  readonly expectedOfPeers?: Expected;
  readonly rounds: number;
  readonly progress: (what: string) => void;
}

interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** A peer that is here and works, as far as is known. */
interface Opponent {
  readonly peer: Contender;
  readonly pairs: Pair[];
  failure?: string;
}

/** Peer A, ours, peer B, ours …, round after round: neighbours in time are compared, so that a noisy moment hits both. */
export async function playRounds(input: RoundsInput): Promise<RoundsResult> {
  const { ours, expected, rounds, progress } = input;
  const opponents = input.peers.flatMap((peer): Opponent[] => ('read' in peer ? [{ peer, pairs: [] }] : []));
  progress('first epoch');
  const first = await speed(ours, expected);
  progress('checksum');
  await ours.verify(expected);
  for (let round = 1; round <= rounds; round++) {
    for (const opponent of opponents) {
      const { peer, pairs } = opponent;
      if (opponent.failure !== undefined) continue;
      progress(`round ${round} of ${rounds}, ${peer.name}`);
      const theirs = await speed(peer, input.expectedOfPeers ?? expected).catch((error: unknown) => {
        if (!(error instanceof PeerFailed)) throw error;
        opponent.failure = error.message;
      });
      if (theirs === undefined) continue;
      progress(`round ${round} of ${rounds}, ${ours.name}`);
      pairs.push({ theirs, ours: await speed(ours, expected) });
    }
  }
  return {
    first,
    duels: opponents.filter(({ failure }) => failure === undefined).map(duel),
    missing: [
      ...input.peers.flatMap((peer) => ('missing' in peer ? [peer] : [])),
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
  return {
    peer: peer.name,
    ours: summarize(pairs.map(({ ours }) => ours)),
    theirs: summarize(pairs.map(({ theirs }) => theirs)),
    ratio: summarize(pairs.map(({ ours, theirs }) => ours / theirs)),
  };
}
