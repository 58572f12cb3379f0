import { DOCUMENTATION } from './documentation.js';
import type { Evidence, Look } from './finding.js';

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'busybox']);

/** An entrypoint in shell form, or a script that ends with `python3 train.py` without `exec`. */
export const sigtermNotPassedOn: Look = function* (evidence) {
  const held = programBehindShell(evidence);
  if (held === undefined) return;
  const { shell, program } = held;
  yield {
    id: 'sigterm-not-passed-on',
    seen: `On ${evidence.host} SIGTERM went to "${shell}", which did not pass it on to "${program}": that was killed.`,
    rule:
      'A job that is stopped sends SIGTERM to the first process of its container, and to no other. A shell waits for what it has ' +
      'started: start the algorithm with `exec`, or the entrypoint in exec form.',
    documentation: DOCUMENTATION.container,
  };
};

/** The shell that was stopped, and what it had started and did not stop. */
export function programBehindShell({
  exit,
  endedByItself,
  ignoredSigtermMs,
  stopped,
}: Evidence): { readonly shell: string; readonly program: string } | undefined {
  const [first, ...others] = stopped;
  if (endedByItself || first === undefined || !SHELLS.has(first.command.split(' ')[0]!)) return undefined;
  // Where the program is not PID 1, SIGTERM ends the shell, and what it has started is left behind.
  const wasLeft =
    exit.signal === 'SIGTERM' && others.some(({ pid }) => exit.leftBehind.some((left) => left.pid === pid));
  if (ignoredSigtermMs === undefined && !wasLeft) return undefined;
  const program = others.find(({ command }) => command !== '' && command !== 'sleep');
  return program && { shell: first.command, program: program.command };
}
