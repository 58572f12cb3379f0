import type { Output } from './output/output.js';
import type { ProcessInfo, ProgramExit } from './runner.js';

/** A process that was started in one way or another: what a {@link RunningProcess} is made of. */
export interface StartedProgram {
  readonly pid: number;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Resolves when nothing is left. Never rejects. */
  readonly ended: Promise<ProgramExit>;
  /** Sends a signal to the program itself, unless it has ended. */
  signal(name: NodeJS.Signals): boolean;
  /** SIGKILL to the program and all that it has started. */
  kill(): void;
  /** What runs, the program itself first. */
  processes(): readonly ProcessInfo[];
}
