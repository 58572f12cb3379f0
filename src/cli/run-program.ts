import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import type { Channel } from 'sagemaker-pipe-mode';
import type { Algorithm, AlgorithmResult } from 'sagemaker-pipe-mode/testing';

import { printableLine } from '../printable.js';
import { createView } from './create-view.js';
import { Failures } from './failures.js';
import type { RunOptions } from './run.js';
import { EndingSignals } from './signals.js';
import type { Streams } from './streams.js';
import { UsageError } from './usage-error.js';
import type { View } from './view.js';

/** How long a program may run on after the last epoch before it is worth a word, in milliseconds. */
const RUNS_ON_MS = 10_000;

/**
 * Runs a program beside the channels that it reads: it is started when they are there. They end with it; and if one of them
 * fails, it is killed before it can take that for the end of its data. Resolves with the exit status.
 */
export async function runProgram(
  program: readonly string[],
  streams: Streams,
  { debug, json }: RunOptions,
): Promise<number> {
  if (program.length === 0) throw new UsageError('Expected a program after "--".');
  using signals = new EndingSignals();
  const channels = streams.feeds.map(({ channel }) => channel);
  const view = createView(streams.feeds, { json, output: process.stderr });
  using failures = new Failures(channels, {
    exitOnFailure: true,
    debug,
    report: (text) => view.tell(text),
  });
  const isStarted = streams.start().then(() => undefined);
  try {
    const status = await Promise.race([isStarted, signals.first]);
    if (status !== undefined) return status;
    view.ready();
    await using algorithm = await start(program, channels, view);
    signals.passTo((name, isFirst) => void pass(algorithm, name, isFirst));
    return await untilEnded(algorithm, channels, view);
  } catch (error) {
    if (!failures.any) throw error;
    return 1; // it has been reported
  } finally {
    await streams.stop(); // there is nobody left who would take this for the end of the data
    view.close();
  }
}

async function start(
  program: readonly string[],
  channels: readonly Channel[],
  view: View,
): Promise<Algorithm> {
  const { startAlgorithm } = await import('sagemaker-pipe-mode/testing');
  const { showLine } = view;
  const output = showLine === undefined ? 'inherit' : 'lines';
  return await startAlgorithm(program, { dest: channels[0]!.dest, channels, output, onLine: showLine });
}

/** As the program would get it without us: from a terminal all of its processes do, from `kill` only itself. */
async function pass(algorithm: Algorithm, name: NodeJS.Signals, isFirst: boolean): Promise<void> {
  if (!isFirst) await algorithm.stop({ graceMs: 0 });
  else if (name === 'SIGTERM') algorithm.signal(name);
  else await algorithm.signalAll(name);
}

/** The exit status: the program's, as a shell has it. */
async function untilEnded(algorithm: Algorithm, channels: readonly Channel[], view: View): Promise<number> {
  const over = new AbortController();
  void tellIfItRunsOn(algorithm, channels, view, over.signal).catch(() => undefined);
  try {
    return statusOf(await algorithm.finished());
  } catch (error) {
    const { AlgorithmError } = await import('sagemaker-pipe-mode/testing');
    if (!(error instanceof AlgorithmError)) throw error;
    if (error.cause !== undefined) return 1; // a channel, which has been reported
    return statusOf(error);
  } finally {
    over.abort();
  }
}

function statusOf({ exitCode, signal }: Pick<AlgorithmResult, 'exitCode' | 'signal'>): number {
  return exitCode ?? 128 + constants.signals[signal!];
}

/** One that waits for an epoch which does not come waits for ever; but it may as well have its model to make. */
async function tellIfItRunsOn(
  algorithm: Algorithm,
  channels: readonly Channel[],
  view: View,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(channels.map((channel) => channel.finished()));
  await delay(RUNS_ON_MS, undefined, { signal });
  const waits = await algorithm.describeWaits();
  const lines = waits.map((wait) => `\n  ${printableLine(wait)}`);
  view.tell(`sagemaker-pipe: all epochs are over, and ${String(algorithm)} runs on:${lines.join('')}`);
}
