import { basename, dirname } from 'node:path';

import type { Channel } from '../../channel/channel.js';
import type { ChannelGroup } from '../../channel/group.js';
import { checkOneOf, checkSignal, checkTimeout, hasMethod } from '../../options/checks.js';
import { check, expected } from '../../options/expected.js';
import { resolveDirectory } from '../../options/location.js';
import { checkObject, type Names, readArgument, readOptions } from '../../options/read-options.js';
import type { OutputTarget } from '../../runner/output/output.js';
import type { Isolation } from '../../runner/process-runner.js';

/** How to run an algorithm. */
export interface AlgorithmOptions {
  /**
   * The directory of the channels' FIFOs: a path or a `file://` URL. If it is an `input/data`, the directory above is what
   * the algorithm has for /opt/ml.
   */
  readonly dest: string | URL;
  /**
   * The channels that it reads, all of them started: if one of them fails, the algorithm is killed, before it can take that
   * for the end of its data. Errors say what they were doing. Default none.
   */
  readonly channels?: readonly (Channel | ChannelGroup)[] | undefined;
  /** Its working directory: a path or a `file://` URL. Default: that of this process. */
  readonly cwd?: string | URL | undefined;
  /** Variables beside those of this process, or in their place; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * - `none`: it sees this machine as it is; `SAGEMAKER_BASE_DIR` names the directory above `input/data`. What it starts
   *   is killed with it as far as it can be found: its process group and, on Linux, what has its environment.
   * - `namespace`: the directory above `input/data` is its /opt/ml, and nothing of it survives. Linux only.
   *
   * Default `none`.
   */
  readonly isolation?: Isolation | undefined;
  /**
   * Where its output goes: `lines`, to the result and to `onLine`, or `inherit`, to that of this process, as it is.
   * Default `lines`.
   */
  readonly output?: OutputTarget | undefined;
  /** Told of every line of its output. Default: nobody. */
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** How long it may run, in milliseconds from 1 up, or `Infinity`. Then it is killed. Default `Infinity`. */
  readonly timeoutMs?: number | undefined;
  /** Kills it when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked, with their defaults. Paths are absolute. */
export interface ResolvedAlgorithmOptions {
  readonly dest: string;
  /** What it has for /opt/ml, on this machine. */
  readonly directory: string;
  readonly channels: readonly (Channel | ChannelGroup)[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly isolation: Isolation;
  readonly output: OutputTarget;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS: Names<AlgorithmOptions> = {
  dest: true,
  channels: true,
  cwd: true,
  env: true,
  isolation: true,
  output: true,
  onLine: true,
  timeoutMs: true,
  signal: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readAlgorithmOptions(options: AlgorithmOptions): ResolvedAlgorithmOptions {
  const given = readOptions(options, OPTIONS);
  const {
    channels = [],
    env = {},
    isolation = 'none',
    output = 'lines',
    onLine = () => undefined,
    timeoutMs = Infinity,
    signal,
  } = given;
  const dest = resolveDirectory('dest', given.dest);
  check('channels', 'a list of channels and groups of channels', channels, areChannels);
  checkOneOf('isolation', ['namespace', 'none'] satisfies Isolation[], isolation);
  check('onLine', 'a function', onLine, (value) => typeof value === 'function');
  checkTimeout('timeoutMs', timeoutMs);
  if (signal !== undefined) checkSignal(signal);
  return {
    dest,
    directory: directoryAbove(dest, isolation),
    channels: [...channels],
    cwd: given.cwd === undefined ? process.cwd() : resolveDirectory('cwd', given.cwd),
    env: environment(env),
    isolation,
    output,
    onLine,
    timeoutMs,
    signal,
  };
}

function areChannels(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => hasMethod(each, 'finished'));
}

/** A program in a namespace sees it as /opt/ml; to any other it is only named. */
function directoryAbove(dest: string, isolation: Isolation): string {
  const above = dirname(dest);
  if (basename(dest) === 'data' && basename(above) === 'input') return dirname(above);
  if (isolation === 'none') return dest;
  const advice = "The directory above is what it sees as /opt/ml. Or use `isolation: 'none'`.";
  throw expected('dest', 'a directory `input/data`', dest, { advice });
}

/** What is no string is for the runner to refuse. */
function environment(more: Readonly<Record<string, string | undefined>>): Record<string, string> {
  checkObject('env', more, 'an object of strings');
  const all = readArgument('env', () => ({ ...process.env, ...more }));
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
