import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import type { Expected } from '../contender.js';
import { type Jobs, withJobs } from '../jobs.js';
import { playPairs, summarizePairs } from '../pairs.js';
import { runProgram } from '../processes.js';
import { judged, type Row, times } from '../result.js';

const TAR = 'tar -cz';
/** They take long. */
const MOST_ROUNDS = 3;

/** What an algorithm has left as `model.tar.gz`, into a directory of this machine. */
export const modelArchive: BenchmarkCase = {
  name: 'model.tar.gz of a job',
  async run(bench) {
    const row: Row = { case: this.name, unit: 'bytes/s', peer: TAR };
    const { tar } = bench.tools;
    if ('missing' in tar) return { rows: [{ ...row, skipped: tar.missing }] };
    const { directory, expected } = await bench.data.model();
    const archive = join(bench.workspace, 'peer.tar.gz');
    const pairs = await withJobs(bench, async (jobs) => {
      await checkOurs(bench, jobs, tar.command, directory, expected);
      const { progress } = bench;
      return await playPairs(
        { rounds: Math.min(bench.rounds, MOST_ROUNDS), progress },
        TAR,
        async () => expected.bytes / (await tarSeconds(tar.command, directory, archive)),
        async () => expected.bytes / (await ourSeconds(bench, jobs, directory)),
      );
    });
    return { rows: [judged({ ...row, ...summarizePairs(pairs) }, times(2.5))] };
  },
};

async function tarSeconds(tar: string, directory: string, archive: string): Promise<number> {
  const began = performance.now();
  await runProgram(tar, '-czf', archive, '-C', directory, '.');
  const seconds = (performance.now() - began) / 1000;
  rmSync(archive);
  return seconds;
}

async function ourSeconds({ workspace }: Bench, jobs: Jobs, model: string): Promise<number> {
  const destination = join(workspace, 'uploaded');
  const { ms } = await jobs.modelTime({ model, destination });
  rmSync(destination, { recursive: true });
  return ms / 1000;
}

/** Compares the bytes, once. */
async function checkOurs(
  { workspace, progress }: Bench,
  jobs: Jobs,
  tar: string,
  model: string,
  expected: Expected,
): Promise<void> {
  progress('checksum');
  const destination = join(workspace, 'uploaded');
  const { path } = await jobs.modelTime({ model, destination });
  const sum = await runProgram('sh', '-c', '"$1" -xzOf "$2" | sha256sum', 'sh', tar, path);
  rmSync(destination, { recursive: true });
  if (sum.split(' ')[0] !== expected.sha256) throw new Error(`${path} does not have what the model has.`);
}
