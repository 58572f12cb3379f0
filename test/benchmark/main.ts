// `npm run bench`: see docs/benchmark.md.
import type { Bench, CaseResult } from './bench.js';
import { CASES } from './cases/index.js';
import { Datasets } from './datasets.js';
import { describeMachine, formatMachine } from './machine.js';
import { type BenchmarkOptions, parseOptions, USAGE } from './options.js';
import { Progress } from './progress.js';
import { Reader } from './reader.js';
import { sizesFor } from './sizes.js';
import { formatScaling, formatTable } from './table.js';
import { findTools } from './toolchain.js';
import { makeProgramsDirectory, makeWorkspace } from './workspace.js';

/** A case that could not be measured, and why. */
interface Failure {
  readonly case: string;
  readonly error: string;
}

// Exit handlers kill what runs and remove the data.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else process.exitCode = await runAll(options);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}

async function runAll(options: BenchmarkOptions): Promise<number> {
  const pattern = options.only.toLowerCase();
  const chosen = CASES.filter(({ name }) => name.toLowerCase().includes(pattern));
  if (chosen.length === 0)
    throw new Error(
      `No case's name contains "${options.only}": ${CASES.map(({ name }) => name).join('; ')}.`,
    );
  const sizes = sizesFor(options.quick);
  const machine = describeMachine();
  const workspace = makeWorkspace(Datasets.bytesFor(sizes));
  const tools = await findTools(makeProgramsDirectory());
  const progress = new Progress(chosen.length);
  const bench: Bench = {
    workspace,
    tools,
    sizes,
    rounds: options.rounds,
    reader: new Reader(tools.reader),
    data: new Datasets(workspace, sizes),
    progress: (what) => progress.step(what),
  };
  const results: CaseResult[] = [];
  const failures: Failure[] = [];
  for (const each of chosen) {
    progress.begin(each.name);
    try {
      results.push(await each.run(bench));
      progress.end('done');
    } catch (error) {
      failures.push({ case: each.name, error: (error as Error).message });
      progress.end(`FAILED: ${(error as Error).message}`);
    }
  }
  const rows = results.flatMap((result) => result.rows);
  const scaling = results.flatMap((result) => result.scaling ?? []);
  const { description: reader } = bench.reader;
  const { quick, rounds } = options;
  if (options.json) {
    console.log(JSON.stringify({ machine, reader, quick, rounds, rows, scaling, failures }, undefined, 2));
  } else {
    const about = `${formatMachine(machine)}\nReader: ${reader}. Medians of ${rounds} rounds${quick ? ', small data: not figures to quote' : ''}.`;
    const tables = [
      rows.length > 0 ? formatTable(rows) : '',
      scaling.length > 0 ? formatScaling(scaling) : '',
    ];
    console.log([about, ...tables.filter(Boolean)].join('\n\n'));
  }
  return failures.length > 0 ? 1 : 0;
}
