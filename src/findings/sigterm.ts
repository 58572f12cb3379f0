import type { ProcessInfo, ProgramExit } from '../runner/runner.js';
import type { Finding } from './finding.js';

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'busybox']);

/** A program that was stopped, and what it should have made of that. */
export interface StopEvidence {
  readonly exit: ProgramExit;
  /** As {@link WatchedStop.ignoredSigtermMs}. */
  readonly ignoredSigtermMs: number | undefined;
  /** As {@link WatchedStop.stopped}. */
  readonly stopped: readonly ProcessInfo[];
  /** `On algo-1`. */
  readonly where: string;
  /** `the algorithm`. */
  readonly what: string;
  /** What the service grants, a sentence: `A job that is stopped gets …`. */
  readonly grant: string;
  readonly documentation: string;
}

/** A program that is PID 1 and has no handler ignores it. */
export function* sigtermIgnored(stop: StopEvidence): Generator<Finding> {
  const { where, what, grant, ignoredSigtermMs, documentation } = stop;
  if (ignoredSigtermMs === undefined || programBehindShell(stop) !== undefined) return;
  yield {
    id: 'sigterm-ignored',
    seen: `${where} ${what} still ran ${ignoredSigtermMs / 1000} s after SIGTERM, and was killed.`,
    rule: `${grant} In a container it is process 1, which ignores SIGTERM without a handler of its own: handle it.`,
    documentation,
  };
}

/** An entrypoint in shell form, or a script that ends with `python3 train.py` without `exec`. */
export function* sigtermNotPassedOn(stop: StopEvidence): Generator<Finding> {
  const held = programBehindShell(stop);
  if (held === undefined) return;
  yield {
    id: 'sigterm-not-passed-on',
    seen: `${stop.where} SIGTERM went to "${held.shell}", which did not pass it on to "${held.program}": that was killed.`,
    rule:
      'SIGTERM goes to the first process of a container, and to no other. A shell waits for what it has ' +
      `started: start ${stop.what} with \`exec\`, or the entrypoint in exec form.`,
    documentation: stop.documentation,
  };
}

/** The shell that was stopped, and what it had started and did not stop. */
function programBehindShell({ exit, ignoredSigtermMs, stopped }: StopEvidence) {
  const [first, ...others] = stopped;
  if (first === undefined || !SHELLS.has(first.command.split(' ')[0]!)) return undefined;
  // Where the program is not PID 1, SIGTERM ends the shell, and what it has started is left behind.
  const wasLeft =
    exit.signal === 'SIGTERM' && others.some(({ pid }) => exit.leftBehind.some((left) => left.pid === pid));
  if (ignoredSigtermMs === undefined && !wasLeft) return undefined;
  const program = others.find(({ command }) => command !== '' && command !== 'sleep');
  return program && { shell: first.command, program: program.command };
}
