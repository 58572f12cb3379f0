import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { checkReading, type Expected } from '../contender.js';
import { fileIn } from '../data.js';
import { type Jobs, withJobs } from '../jobs.js';
import { playWarmPairs, summarizePairs } from '../pairs.js';
import { type Cores, onCore, type Reading } from '../reader.js';
import { judged, times } from '../result.js';

const ALONE = 'a channel alone';
/** The first epoch, which starts the threads, does not count. */
const EPOCHS = 4;

/** As often as others: one turn may be a third faster than the next, whoever has it. */
const TIMES_THE_ROUNDS = 4;

/** The library and the reader each stay on one, where that can be: else what is measured is where they happen to be. */
const CORES: Cores = { writer: 0, reader: 1 };

/** A file by the pipe of a job, whose algorithm is the reader, beside the same by a channel without a job. */
export const jobPipe: BenchmarkCase = {
  name: 'pipe of a job',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const source = fileIn(directory, 0);
    const cores = 'missing' in bench.tools.taskset ? undefined : CORES;
    const rounds = bench.rounds * TIMES_THE_ROUNDS;
    const pairs = await withJobs({ ...bench, core: cores?.writer }, (jobs) => {
      const reading = { ...bench, jobs, source, core: cores?.reader };
      return playWarmPairs(
        { ...bench, rounds },
        ALONE,
        async () => speedOf(await readAlone(reading), expected),
        async () => speedOf(await readInJob(reading), expected),
      );
    });
    const row = { case: this.name, unit: 'bytes/s', peer: ALONE, ...summarizePairs(pairs) } as const;
    return { rows: [judged(row, times(0.97))] };
  },
};

/** Who reads what, of whom. */
interface Game extends Pick<Bench, 'workspace' | 'reader'> {
  readonly jobs: Jobs;
  readonly source: string;
  /** The core that the reader has to stay on, if it has to. */
  readonly core: number | undefined;
}

async function readAlone({ workspace, reader, jobs, source, core }: Game): Promise<Reading[]> {
  const dest = mkdtempSync(join(workspace, 'alone-'));
  await jobs.startChannel(source, dest);
  const readings = await reader.read({ ...epochsIn(dest), core }, jobs.failure);
  await jobs.stopChannel();
  return readings;
}

async function readInJob({ reader, jobs, source, core }: Game): Promise<Reading[]> {
  const { command, args } = reader.commandFor(epochsIn('/opt/ml/input/data'));
  return await jobs.readInJob({ source, command: onCore(core, command), args });
}

function epochsIn(dest: string) {
  return { prefix: join(dest, 'channel'), first: 0, count: EPOCHS };
}

/** Of all epochs that count, together. */
function speedOf([, ...readings]: readonly Reading[], expected: Expected): number {
  for (const reading of readings) checkReading('ours', reading, expected);
  const seconds = readings.reduce((sum, { opened, eof }) => sum + (eof - opened) / 1e9, 0);
  return (readings.length * expected.bytes) / seconds;
}
