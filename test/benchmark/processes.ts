import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What is running, so that nothing is left when this process ends. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Counts a child process in. */
export function track(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export interface RunningProgram {
  /** What it printed. Rejects with what it complained about, if it failed. */
  readonly output: Promise<string>;
  kill(): void;
}

/** Starts a program and collects what it prints. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): RunningProgram {
  const child = track(spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
  const printed = text(child.stdout!);
  const complaints = text(child.stderr!);
  const output = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else void complaints.then((it) => reject(failed(command, args, code ?? signal, it)));
    });
  });
  output.catch(() => undefined); // whoever waits for it has it
  return { output, kill: () => child.kill('SIGKILL') };
}

/** Runs a program to its end. */
export function runProgram(command: string, ...args: string[]): Promise<string> {
  return startProgram(command, args).output;
}

function failed(command: string, args: readonly string[], how: number | string | null, complaints: string) {
  const short = args.map((arg) => (arg.length > 200 ? `${arg.slice(0, 200)}…` : arg)).join(' ');
  return new Error(`${command} ${short} ended with ${how}: ${complaints.trim() || 'without a word'}`);
}
