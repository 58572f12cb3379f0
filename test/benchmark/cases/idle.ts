import type { Bench, BenchmarkCase } from '../bench.js';
import { fileIn } from '../data.js';
import { Ours } from '../ours.js';
import { type Pair, summarizeTimes } from '../pairs.js';
import { judged } from '../result.js';
import { type Summary, summarize } from '../statistics.js';

const CHANNELS = 20;
const CORE_FRACTION = 0.008;
/** As fast as without, give or take what two runs of the same differ by. */
const READ_FILE_RATIO = 0.9;

/** Channels whose readers do not come. */
export const idleChannels: BenchmarkCase = {
  name: `${CHANNELS} idle channels`,
  async run(bench) {
    const { directory } = await bench.data.smallFiles();
    const file = fileIn(directory, 0);
    const busy = await idling(bench, CHANNELS);
    const empty = await idling(bench, 0);
    try {
      const { cpu, speed } = await watch(bench, busy, empty, file);
      await Promise.all([busy.close(), empty.close()]);
      return {
        rows: [
          judged({ case: `${this.name}, of a core`, unit: 'fraction', ours: cpu }, { atMost: CORE_FRACTION }),
          judged(
            { case: `readFile beside ${this.name}`, unit: 'ms', peer: 'without them', ...speed },
            { ratioAtLeast: READ_FILE_RATIO },
          ),
        ],
      };
    } finally {
      await Promise.all([busy.close(), empty.close()].map((closing) => closing.catch(() => undefined)));
    }
  },
};

/** A process with so many channels that wait for readers, once everything has settled. */
export async function idling(bench: Bench, count: number): Promise<Ours> {
  const { directory } = await bench.data.smallFiles();
  const ours = new Ours(bench.workspace);
  const source = fileIn(directory, 0);
  await ours.start(
    Array.from({ length: count }, (_, index) => ({ name: `idle-${index}`, dest: ours.dest, source })),
  );
  await ours.cpu(bench.sizes.idleMs); // channels look often for a reader first, and then less often
  return ours;
}

interface Watched {
  readonly cpu: Summary;
  readonly speed: { readonly ours: Summary; readonly theirs: Summary; readonly ratio: Summary };
}

async function watch(
  { sizes, rounds, progress }: Bench,
  busy: Ours,
  empty: Ours,
  file: string,
): Promise<Watched> {
  const cpu: number[] = [];
  const pairs: Pair[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    cpu.push(await busy.cpu(sizes.idleMs));
    const theirs = summarize(await empty.readFileTimes(file, sizes.repetitions)).median;
    const ours = summarize(await busy.readFileTimes(file, sizes.repetitions)).median;
    pairs.push({ ours, theirs });
  }
  return {
    cpu: summarize(cpu),
    speed: summarizeTimes(pairs),
  };
}
