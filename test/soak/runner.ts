// Runs scenarios one after the other, in a process of its own: what they leave behind is looked for in all of it.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { createChannel, createChannels } from 'sagemaker-pipe-mode';

import { startS3Server } from '../support/s3-server.js';
import { drawScenario } from './draw-scenario.js';
import { Leftovers } from './leftovers.js';
import { BUCKET } from './material.js';
import type { Problem } from './problem.js';
import type { RunCommand, RunReport } from './protocol.js';
import { ReaderHost } from './readers/reader-host.js';
import { mayLeaveFifos, runInWorker } from './run-in-worker.js';
import { runScenario, type ScenarioResult } from './run-scenario.js';
import { kindsOf } from './kinds.js';
import type { Scenario } from './scenario.js';
import type { World } from './world.js';

/**
 * How long a scenario may take, in turns of a timer. By the clock, a process that the machine gives no time to would
 * seem to hang.
 */
const LIMIT_TICKS = 300;
const TICK_MS = 100;
/** After so many turns it says that it is alive. */
const ALIVE_TICKS = 10;

const [onDisk = '', inMemory = '', readersFolder = ''] = process.argv.slice(2);
const temporary = join(onDisk, 'tmp');
mkdirSync(temporary);
process.env['TMPDIR'] = temporary;

const server = await startS3Server();
server.createBucket(BUCKET);
const readers = await ReaderHost.start(readersFolder);

// The first thread would make these, for good.
Object.values([process.stdout, process.stderr]);

/** What went wrong outside of what anybody waits for. */
let strays: Problem[] = [];
process.on('uncaughtException', (error) =>
  strays.push({ rule: 'uncaught', detail: String(error.stack ?? error) }),
);
process.on('unhandledRejection', (error) => strays.push({ rule: 'uncaught', detail: `rejection: ${String((error as Error).stack ?? error)}` })); // prettier-ignore
process.on('warning', ({ name, message }) => {
  if (name === 'NodeVersionSupportWarning' || message.startsWith('NodeVersionSupportWarning')) return; // of AWS's SDK
  if (message.startsWith('v8.queryObjects()')) return; // ours, here
  strays.push({ rule: 'warning', detail: message });
});

const leftovers = new Leftovers(join(inMemory, 'anchor'), () => server.descriptors);
let descriptions: (() => string)[] = [];

process.on('message', (command: RunCommand) => void run(command).then((report) => process.send!(report)));
process.on('disconnect', () => {
  void leftovers.close();
  void readers.close();
  void server.stop();
});
process.send!('ready');

async function run({ seed, measures, isWarm }: RunCommand): Promise<RunReport> {
  const scenario = drawScenario(seed);
  await leftovers.prepare(isWarm && scenario.thread === 'main');
  const began = performance.now();
  strays = [];
  descriptions = [];
  const scratch = join(scenario.isOnDisk ? onDisk : inMemory, String(seed));
  const world = makeWorld(seed, scratch);
  const result = await withinLimit(scenario, world);
  const problems = [...result.problems];
  // What ends a thread by force keeps it from removing names, and what File mode notes of them, as SIGKILL does a process.
  const isForced = scenario.threadEnd?.how === 'terminate';
  if (isForced) emptyDirectory(temporary);
  if (mayLeaveFifos(scenario)) endedWhileReading.push(world.dest);
  if (!result.isSpoilt) problems.push(...(await leftBehind(isForced ? undefined : world.dest)));
  problems.push(...strays);
  descriptions = [];
  if (measures && !result.isSpoilt) problems.push(...(await heldInMemory()));
  rmSync(scratch, { recursive: true, force: true });
  const memory = measures ? await memoryHeld() : { rss: process.memoryUsage().rss, heap: undefined };
  return {
    seed,
    kinds: kindsOf(scenario),
    problems,
    epochs: result.epochs,
    bytes: result.bytes,
    channels: scenario.channels.length,
    faults: scenario.channels.filter(({ fault, stop }) => fault ?? stop).length,
    durationMs: performance.now() - began,
    memory,
    isSpoilt: result.isSpoilt || problems.some(({ rule }) => rule === 'leftovers'),
  };
}

function makeWorld(seed: number, dir: string): World {
  mkdirSync(join(dir, 'data'), { recursive: true });
  return {
    subject: { createChannel, createChannels },
    dir: join(dir, 'data'),
    dest: join(dir, 'dest'),
    prefix: `scenario-${seed}`,
    readers,
    s3: {
      client: server.clientConfig,
      put: (key, bytes) => server.put(BUCKET, key, bytes),
      addFault: (rule) => server.faults.add(rule),
      settled: async () => {},
    },
    stopAsked: () => {},
    describe: (state) => descriptions.push(state),
  };
}

async function withinLimit(
  scenario: Scenario,
  world: World,
): Promise<ScenarioResult & { isSpoilt: boolean }> {
  const began = performance.now();
  const { limit, clear } = tickingLimit();
  const running = scenario.thread === 'main' ? runScenario(scenario, world) : runInWorker(scenario, world);
  const caught = running.catch((error: unknown): ScenarioResult => {
    const detail = error instanceof Error ? String(error.stack) : String(error);
    return { problems: [{ rule: 'threw', detail }], epochs: 0, bytes: 0 };
  });
  const result = await Promise.race([caught, limit]);
  clear();
  if (result !== 'limit') return { ...result, isSpoilt: false };
  const active = process.getActiveResourcesInfo().join(', ');
  const detail = `not over after ${LIMIT_TICKS * TICK_MS} ms, ${Math.round(performance.now() - began)} by the clock. ${descriptions.map((it) => it()).join('\n')}\nactive: ${active}`;
  return { problems: [{ rule: 'hang', detail }], epochs: 0, bytes: 0, isSpoilt: true };
}

/** Resolves after so many turns, unless it is cleared; and tells the parent process that there is no need to worry. */
function tickingLimit(): { limit: Promise<'limit'>; clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'limit'>((resolve) => {
    let ticks = 0;
    timer = setInterval(() => {
      if (++ticks % ALIVE_TICKS === 0) process.send!('alive');
      if (ticks === LIMIT_TICKS) resolve('limit');
    }, TICK_MS);
  });
  return { limit, clear: () => clearInterval(timer) };
}

/** Where threads of scenarios have ended that may have left FIFOs open: they stay, for later scenarios to see. */
const endedWhileReading: string[] = [];

async function leftBehind(dest: string | undefined): Promise<Problem[]> {
  const problems: Problem[] = [];
  server.faults.clear();
  server.seen.length = 0;
  server.createBucket(BUCKET); // an empty one: what a scenario has put there would be taken for what is leaked
  for (const detail of await leftovers.found(dest)) {
    if (endedWhileReading.some((each) => detail.includes(` of ${each}/`))) continue;
    problems.push({ rule: 'leftovers', detail });
  }
  const files = readdirSync(temporary);
  if (files.length > 0) problems.push({ rule: 'files', detail: `temporary files: ${files.join(', ')}` });
  return problems;
}

async function heldInMemory(): Promise<Problem[]> {
  const held = await leftovers.channelsHeld();
  return held === 0 ? [] : [{ rule: 'held', detail: `${held} channels that have ended are still in memory` }];
}

function emptyDirectory(path: string): void {
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
}

/** What glibc keeps for later is not held: some 0.5 MB for each thread that a scenario has ended. */
async function memoryHeld(): Promise<{ rss: number; heap: number }> {
  (globalThis as { gc?: () => void }).gc?.();
  const { default: koffi } = await import('koffi');
  koffi.load('libc.so.6').func('int malloc_trim(size_t)')(0);
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
