import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { fileIn } from '../data.js';
import { Ours } from '../ours.js';
import type { Reading } from '../reader.js';
import type { ScalingRow } from '../result.js';
import { summarize } from '../statistics.js';
import { idling } from './idle.js';

/** Whether cost grows in proportion to the number of channels, objects and epochs. */
export const scaling: BenchmarkCase = {
  name: 'scaling',
  async run(bench) {
    return {
      rows: [],
      scaling: [await channelsAtOnce(bench), await objects(bench), await epochs(bench), await idle(bench)],
    };
  },
};

/** All channels stream as much as one alone, together. */
async function channelsAtOnce(bench: Bench): Promise<ScalingRow> {
  const { directory } = await bench.data.records();
  const costs = [];
  for (const count of [1, 8]) {
    const speeds = await repeatedly(bench, `${count} channels at once`, directory, count, 1, (readings) => {
      const bytes = readings.reduce((sum, reading) => sum + reading.bytes, 0);
      return bytes / secondsOf(readings);
    });
    costs.push({ count, cost: speeds });
  }
  return { what: 'channels at once, together', unit: 'bytes/s', costs };
}

async function objects(bench: Bench): Promise<ScalingRow> {
  const costs = [];
  for (const count of bench.sizes.scaling.objects) {
    const { directory } = await bench.data.smallFiles(count);
    const cost = await repeatedly(
      bench,
      `${count} objects`,
      directory,
      1,
      1,
      (readings) => (secondsOf(readings) * 1e6) / count,
    );
    costs.push({ count, cost });
  }
  return { what: 'small files, each', unit: 'µs', costs };
}

async function epochs(bench: Bench): Promise<ScalingRow> {
  const { directory } = await bench.data.smallFiles();
  const file = fileIn(directory, 0);
  const costs = [];
  for (const count of bench.sizes.scaling.epochs) {
    const cost = await repeatedly(
      bench,
      `${count} epochs`,
      file,
      1,
      count,
      (readings) => (secondsOf(readings) * 1e6) / count,
    );
    costs.push({ count, cost });
  }
  return { what: 'epochs of one small file, each', unit: 'µs', costs };
}

/** What channels without a reader add to what their process needs without them. */
async function idle(bench: Bench): Promise<ScalingRow> {
  const without = await cpuOf(bench, 0);
  const costs = [];
  for (const count of [1, 5, 20])
    costs.push({ count, cost: ((await cpuOf(bench, count)) - without) / count });
  return { what: 'idle channels, of a core, each', unit: 'fraction', costs };
}

async function cpuOf(bench: Bench, channels: number): Promise<number> {
  bench.progress(`${channels} idle channels`);
  const ours = await idling(bench, channels);
  try {
    const cpu = await ours.cpu(bench.sizes.idleMs);
    await ours.close();
    return cpu;
  } finally {
    await ours.close().catch(() => undefined);
  }
}

/** The median over the rounds, after a first one that warms up. */
async function repeatedly(
  bench: Bench,
  what: string,
  source: string,
  channels: number,
  epochsPerRound: number,
  costOf: (readings: Reading[]) => number,
): Promise<number> {
  bench.progress(what);
  const ours = new Ours(bench.workspace);
  try {
    const names = Array.from({ length: channels }, (_, index) => `channel-${index}`);
    await ours.start(names.map((name) => ({ name, dest: ours.dest, source })));
    const costs: number[] = [];
    for (let round = 0; round <= bench.rounds; round++) {
      const epochsOfRound = { first: round * epochsPerRound, count: epochsPerRound };
      const readings = await Promise.all(
        names.map((name) =>
          bench.reader.read({ prefix: join(ours.dest, name), ...epochsOfRound }, ours.failure),
        ),
      );
      costs.push(costOf(readings.flat()));
    }
    await ours.close();
    return summarize(costs.slice(1)).median;
  } finally {
    await ours.close().catch(() => undefined);
  }
}

function secondsOf(readings: readonly Reading[]): number {
  return (
    (Math.max(...readings.map(({ eof }) => eof)) - Math.min(...readings.map(({ opened }) => opened))) / 1e9
  );
}
