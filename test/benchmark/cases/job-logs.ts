import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { withJobs } from '../jobs.js';
import { playWarmPairs, summarizePairs } from '../pairs.js';
import { runProgram } from '../processes.js';
import { judged, type Row, times } from '../result.js';

const CAT = '| cat > FILE';
const METRIC = 'train_loss=([0-9.]+)';

/** Lines that an algorithm writes, each with a metric, beside `cat` at the other end of the same pipe. */
export const jobLogs: BenchmarkCase = {
  name: 'log lines of a job',
  async run(bench) {
    const { lines } = bench.tools;
    const names = [`${this.name}, each by itself`, `${this.name}, in blocks`] as const;
    if ('missing' in lines)
      return { rows: names.map((name): Row => ({ ...rowOf(name), skipped: lines.missing })) };
    return {
      rows: [
        await linesOf(bench, names[0], [lines.command, 'each']),
        await linesOf(bench, names[1], [lines.command, 'blocks']),
      ],
    };
  },
};

async function linesOf(bench: Bench, name: string, [program, how]: [string, string]): Promise<Row> {
  const count = bench.sizes.logLines;
  const writer = [program, String(count), how];
  const pairs = await withJobs(bench, (jobs) =>
    playWarmPairs(
      bench,
      CAT,
      async () => (1000 * count) / (await catTime(bench.workspace, writer)),
      async () => (1000 * count) / (await jobs.logTime({ command: writer, count, regex: METRIC })),
    ),
  );
  return judged({ ...rowOf(name), ...summarizePairs(pairs) }, times(0.5));
}

/** From the writer's first instruction until `cat` has ended, in milliseconds. */
async function catTime(workspace: string, writer: readonly string[]): Promise<number> {
  const log = join(workspace, 'cat.log');
  await runProgram('sh', '-c', 'log=$1; shift; "$@" | cat > "$log"', 'sh', log, ...writer);
  const ended = process.hrtime.bigint();
  const [began] = readFileSync(log, 'utf8').split('\n');
  rmSync(log);
  return Number(ended - BigInt(began!)) / 1e6;
}

function rowOf(name: string) {
  return { case: name, unit: 'objects/s', peer: CAT } as const;
}
