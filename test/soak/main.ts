// npm run soak: random scenarios, for as long as you like.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { buildPrograms } from './build.js';
import { Coverage } from './coverage.js';
import { drawScenario } from './draw-scenario.js';
import { parseOptions } from './options.js';
import type { Problem } from './problem.js';
import { scenarioSeed } from './random.js';
import { type RunOutcome, RunnerProcess } from './runner-process.js';
import { kindsOf } from './kinds.js';
import { Summary } from './summary.js';

/** How often the memory of a process is measured, in scenarios; the first time it is warm. */
const MEASURED_EVERY = 100;

/** How often a process is looked at with no thread of the library in it. */
const COLD_EVERY = 10;

const options = parseOptions(process.argv.slice(2));
const summary = new Summary(options.except);
const coverage = new Coverage();
/** One on a disk, and one in memory, where there is such a thing. */
const scratch = [tmpdir(), existsSync('/dev/shm') ? '/dev/shm' : tmpdir()].map((dir) =>
  mkdtempSync(join(dir, 'sagemaker-pipe-mode-soak-')),
);
const programs = await buildPrograms();
process.on('exit', () => {
  for (const dir of scratch) rmSync(dir, { recursive: true, force: true });
  programs.remove();
});
let isInterrupted = false;
process.once('SIGINT', () => (isInterrupted = true));

const deadline = performance.now() + options.seconds * 1000;
const seeds = options.scenario === undefined ? randomSeeds() : Array<number>(options.times).fill(options.scenario)[Symbol.iterator](); // prettier-ignore
if (options.scenario !== undefined)
  console.log(inspect(drawScenario(options.scenario), { depth: null, maxArrayLength: 20 })); // prettier-ignore
else console.log(`seed ${options.seed}, ${options.seconds} s, ${options.jobs} jobs`);

let processes = 0;
await Promise.all(Array.from({ length: options.scenario === undefined ? options.jobs : 1 }, () => runJob()));
for (const { rule, detail } of summary.growth()) {
  summary.failures.push({ seed: options.seed, problems: [{ rule, detail }] });
  console.log(`FAILED ${rule}: ${detail}`);
}
if (options.coverage) console.log(`\nCombinations, of channels:\n${coverage.toString()}`);
console.log(`\n${summary.toString()}`);
process.exitCode = summary.failures.length > 0 ? 1 : 0;

/** The scenarios' seeds, until the time is over or enough has failed. */
function* randomSeeds(): Generator<number> {
  for (let index = 0; performance.now() < deadline; index++) {
    const seed = scenarioSeed(options.seed, index);
    const kinds = options.only.length > 0 ? kindsOf(drawScenario(seed)) : [];
    if (options.only.every((wanted) => kinds.some((kind) => kind.startsWith(wanted)))) yield seed;
  }
}

async function runJob(): Promise<void> {
  let runner: RunnerProcess | undefined;
  let number = 0;
  let runs = 0;
  for (;;) {
    const { value: seed, done } = seeds.next();
    if (done || isInterrupted || summary.failures.length >= options.failures) break;
    if (!runner) {
      number = ++processes;
      runs = 0;
      runner = await RunnerProcess.start(
        programs.folder,
        scratch.map((dir) => mkdtempSync(join(dir, 'process-'))),
      );
    }
    runs++;
    const isWarm = options.scenario === undefined ? runs % COLD_EVERY !== 0 : options.isWarm;
    const outcome: RunOutcome = await runner.run({ seed, measures: runs % MEASURED_EVERY === 0, isWarm });
    coverage.add(drawScenario(seed));
    report(outcome, summary.add(outcome, number), isWarm);
    if (!outcome.isSpoilt) continue;
    await runner.close();
    runner = undefined;
  }
  await runner?.close();
}

function report({ seed }: RunOutcome, problems: readonly Problem[], isWarm: boolean): void {
  if (problems.length === 0) return;
  const scenario = drawScenario(seed);
  const command = `npm run soak -- --scenario ${seed}${isWarm && scenario.thread === 'main' ? ' --warm' : ''}`;
  console.log(`FAILED ${command} (${kindsOf(scenario).join(' ')})`);
  for (const { rule, detail } of problems) console.log(`  ${rule}: ${detail}`);
}
