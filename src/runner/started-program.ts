import type { Socket } from 'node:net';

import type { StreamLines } from './output/stream-lines.js';
import type { ProcessInfo, ProgramExit } from './runner.js';
import type { ConnectLimits } from './until-connected.js';

/** What was started in one way or another: what a {@link RunningProcess} is made of. */
export interface StartedProgram {
  readonly pid: number;
  readonly stdout: StreamLines;
  readonly stderr: StreamLines;
  /** Whether its processes are this machine's, so that /proc tells what they wait for. */
  readonly isVisible: boolean;
  /** Resolves when nothing of it runs. Never rejects. */
  readonly ended: Promise<ProgramExit>;
  /** Sends a signal to the program itself, unless it has ended. */
  signal(name: NodeJS.Signals): boolean;
  /** SIGKILL to the program and all that it has started. */
  kill(): void;
  /** Connects to a port that it listens to. */
  connect(port: number, limits: ConnectLimits): Promise<Socket>;
  /** The same when this process exits: returns when nothing of it runs. Not of what an engine runs, which is to be asked. */
  killNow?(): void;
  /** What runs, the program itself first. */
  processes(): readonly ProcessInfo[] | Promise<readonly ProcessInfo[]>;
  /**
   * Brings a directory to this machine, as it was when this was asked for the last time. Says whether it has: whoever asks
   * often is refused. Not of what has its directories here.
   */
  refresh?(inside: string, outside: string): Promise<boolean>;
  /** Brings what it has left to its directory, when it has ended. Not of what leaves it there. */
  collect?(signal?: AbortSignal): Promise<void>;
  /** Removes what is left of it when it has ended. Not of what leaves nothing. */
  remove?(): Promise<void>;
}
