import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { checkReading, type Expected } from '../contender.js';
import { fileIn } from '../data.js';
import { type Jobs, withJobs } from '../jobs.js';
import { playWarmPairs, summarizePairs } from '../pairs.js';
import type { Reading } from '../reader.js';
import { judged, times } from '../result.js';

const ALONE = 'a channel alone';
/** The first epoch, which starts the threads, does not count. */
const EPOCHS = 4;

/** A file by the pipe of a job, whose algorithm is the reader, beside the same by a channel without a job. */
export const jobPipe: BenchmarkCase = {
  name: 'pipe of a job',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const source = fileIn(directory, 0);
    const pairs = await withJobs(bench, (jobs) =>
      playWarmPairs(
        bench,
        ALONE,
        async () => speedOf(await readAlone(bench, jobs, source), expected),
        async () => speedOf(await readInJob(bench, jobs, source), expected),
      ),
    );
    const row = { case: this.name, unit: 'bytes/s', peer: ALONE, ...summarizePairs(pairs) } as const;
    return { rows: [judged(row, times(0.97))] };
  },
};

async function readAlone({ workspace, reader }: Bench, jobs: Jobs, source: string): Promise<Reading[]> {
  const dest = mkdtempSync(join(workspace, 'alone-'));
  await jobs.startChannel(source, dest);
  const readings = await reader.read(epochsIn(dest), jobs.failure);
  await jobs.stopChannel();
  return readings;
}

async function readInJob({ reader }: Bench, jobs: Jobs, source: string): Promise<Reading[]> {
  const { command, args } = reader.commandFor(epochsIn('/opt/ml/input/data'));
  return await jobs.readInJob({ source, command, args });
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
