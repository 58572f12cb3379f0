import type { Bench, BenchmarkCase, CaseResult } from '../bench.js';
import { withJobs } from '../jobs.js';
import { playWarmPairs, summarizeDelays } from '../pairs.js';
import { runProgram } from '../processes.js';
import { judged, type Row } from '../result.js';
import { summarize } from '../statistics.js';
import { withImage } from './image.js';

const PROCESS_MS = 20;
const CONTAINER_MS = 50;
const FIRST_INSTRUCTION = "runTrainingJob → the algorithm's first instruction";
const DOCKER_RUN = 'docker run --rm';

/** How long it takes until the algorithm runs, which is a program that prints the time. */
export const jobStart: BenchmarkCase = {
  name: 'job start',
  async run(bench) {
    const { started } = bench.tools;
    if ('missing' in started) return skipped(FIRST_INSTRUCTION, started.missing);
    const command = [started.command];
    return { rows: [await warm(bench, command), await first(bench, command)] };
  },
};

async function warm(bench: Bench, command: readonly string[]): Promise<Row> {
  const times: number[] = [];
  await withJobs(bench, async (jobs) => {
    for (let time = 0; time <= bench.sizes.repetitions; time++) {
      bench.progress(`job ${time} of ${bench.sizes.repetitions}`);
      times.push(await jobs.startTime({ command }));
    }
  });
  return judged(
    { case: FIRST_INSTRUCTION, unit: 'ms', ours: summarize(times.slice(1)) },
    { atMost: PROCESS_MS },
  );
}

/** The first job of a process that has loaded the library. */
async function first(bench: Bench, command: readonly string[]): Promise<Row> {
  const times: number[] = [];
  for (let time = 1; time <= bench.sizes.freshProcesses; time++) {
    bench.progress(`first job of a process, ${time} of ${bench.sizes.freshProcesses}`);
    times.push(await withJobs(bench, (jobs) => jobs.startTime({ command })));
  }
  return { case: `${FIRST_INSTRUCTION}, first job`, unit: 'ms', ours: summarize(times) };
}

/** The same in a container, beside what the engine's own client takes. */
export const containerStart: BenchmarkCase = {
  name: 'job start in a container',
  async run(bench) {
    const { startedAlone, docker } = bench.tools;
    const name = `${FIRST_INSTRUCTION}, in a container`;
    if ('missing' in docker) return skipped(name, docker.missing, DOCKER_RUN);
    if ('missing' in startedAlone) return skipped(name, startedAlone.missing, DOCKER_RUN);
    const peer = `${DOCKER_RUN}, ${await engineVersion(docker.command)}`;
    const pairs = await withImage(docker.command, startedAlone.command, (image) =>
      withJobs(bench, (jobs) =>
        playWarmPairs(
          { rounds: bench.sizes.containers, progress: bench.progress },
          DOCKER_RUN,
          () => dockerRun(docker.command, image),
          () => jobs.startTime({ image }),
        ),
      ),
    );
    const row: Row = { case: name, unit: 'ms', peer, ...summarizeDelays(pairs) };
    return { rows: [judged(row, { moreAtMost: CONTAINER_MS })] };
  },
};

/** Old engines start a process of their own to copy something into a container. */
async function engineVersion(docker: string): Promise<string> {
  return (await runProgram(docker, 'version', '--format', '{{.Server.Version}}')).trim();
}

async function dockerRun(docker: string, image: string): Promise<number> {
  const called = process.hrtime.bigint();
  const began = await runProgram(docker, 'run', '--rm', image, 'train');
  return Number(BigInt(began.trim()) - called) / 1e6;
}

function skipped(name: string, why: string, peer?: string): CaseResult {
  return { rows: [{ case: name, unit: 'ms', ...(peer === undefined ? {} : { peer }), skipped: why }] };
}
