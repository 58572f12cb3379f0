import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { fileIn } from '../data.js';
import { Ours } from '../ours.js';
import { runProgram } from '../processes.js';
import { type Goal, judged, type Row } from '../result.js';
import { type Summary, summarize } from '../statistics.js';
import { beside } from '../toolchain.js';

const START_MS = 5;
const NEXT_EPOCH_MS = 3;

interface Fresh {
  readonly loadMs: number;
  readonly startMs: number;
  readonly loadsSdk: boolean;
}

/** Everything that takes milliseconds, and nobody wants to wait for. */
export const startTimes: BenchmarkCase = {
  name: 'start',
  async run(bench) {
    const { directory } = await bench.data.smallFiles();
    const file = fileIn(directory, 0);
    return {
      rows: [
        ...(await inOneProcess(bench, file)),
        ...(await inFreshProcesses(bench, file, 'import')),
        ...(await inFreshProcesses(bench, file, 'require')),
      ],
    };
  },
};

async function inOneProcess({ workspace, reader, sizes, progress }: Bench, source: string): Promise<Row[]> {
  const ours = new Ours(workspace);
  try {
    progress('start()');
    const starts = await ours.startTimes({ name: 'start', dest: ours.dest, source }, sizes.repetitions);
    progress('next epoch');
    await ours.start([{ name: 'epochs', dest: ours.dest, source }]);
    const epochs = { prefix: join(ours.dest, 'epochs'), first: 0, count: sizes.repetitions + 1 };
    const readings = await reader.read(epochs, ours.failure);
    const gaps = readings.slice(1).map(({ firstByte }, index) => (firstByte - readings[index]!.eof) / 1e6);
    await ours.close();
    return [
      row('start() → FIFO exists', summarize(starts.slice(1)), { atMost: START_MS }),
      row('end of an epoch → first byte of the next', summarize(gaps), { atMost: NEXT_EPOCH_MS }),
    ];
  } finally {
    await ours.close().catch(() => undefined);
  }
}

async function inFreshProcesses(
  { workspace, sizes, progress }: Bench,
  source: string,
  how: string,
): Promise<Row[]> {
  const results: Fresh[] = [];
  for (let time = 1; time <= sizes.freshProcesses; time++) {
    progress(`${how} in a fresh process, ${time} of ${sizes.freshProcesses}`);
    const printed = await runProgram(process.execPath, beside('programs/fresh.mjs'), how, source, workspace);
    results.push(JSON.parse(printed) as Fresh);
  }
  if (results.some(({ loadsSdk }) => loadsSdk))
    throw new Error(`The ${how} of the package loads the AWS SDK.`);
  return [
    row(`${how} of the package, no SDK loaded`, summarize(results.map(({ loadMs }) => loadMs))),
    row(`first start() after ${how}`, summarize(results.map(({ startMs }) => startMs))),
  ];
}

function row(name: string, ours: Summary, goal?: Goal): Row {
  return judged({ case: name, unit: 'ms', ours }, goal);
}
