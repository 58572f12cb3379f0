import { afterMs } from '../abort/after-ms.js';
import type { ProcessInfo, ProgramExit, RunningProgram } from '../runner/runner.js';

/** Timers are exact to a millisecond or two. */
const TIMER_SLACK_MS = 2;

/** When in a grace to look who has stayed, as a part of it. */
const LATE_IN_GRACE = 0.8;

/** Stops a program, and looks who does not go. */
export class WatchedStop {
  #ignoredSigtermMs: number | undefined;
  #stopped: readonly ProcessInfo[] = [];

  /** For how long it was let run after SIGTERM before it was killed, in milliseconds; `undefined` if it did not come to that. */
  get ignoredSigtermMs(): number | undefined {
    return this.#ignoredSigtermMs;
  }

  /** What ran when it was told to stop, the program first, and ran still when it was killed. */
  get stopped(): readonly ProcessInfo[] {
    return this.#stopped;
  }

  /** SIGTERM, and SIGKILL when the grace is over or `hurry` is aborted. */
  async stop(program: RunningProgram, graceMs: number, hurry: AbortSignal): Promise<ProgramExit> {
    const first = await program.processes();
    this.#stopped = first;
    // Who runs both at the beginning and near the end of the grace has not heard of it.
    const callOff = afterMs(graceMs * LATE_IN_GRACE, () => void this.#lookWhoStayed(program, first));
    const began = performance.now();
    const exit = await program.stop({ graceMs, signal: hurry });
    callOff();
    const took = performance.now() - began;
    const wasKilled = exit.signal === 'SIGKILL' && !hurry.aborted && took >= graceMs - TIMER_SLACK_MS;
    if (wasKilled && graceMs > 0) this.#ignoredSigtermMs = graceMs;
    return exit;
  }

  async #lookWhoStayed(program: RunningProgram, before: readonly ProcessInfo[]): Promise<void> {
    const now = await program.processes();
    if (now.length > 0) this.#stopped = before.filter(({ pid }) => now.some((each) => each.pid === pid));
  }
}
