import { settleWithin } from '../../abort/settle-within.js';
import { describeWaits } from './describe-waits.js';
import type { HostSituation } from './situation.js';

/** How often to look, in milliseconds: often in the beginning, because most jobs of tests are short. */
const FIRST_MS = 100;
const LONGEST_MS = 1000;
const GROWTH = 1.5;
/** A limit is not missed by more than this part of it. */
const LOOKS_PER_LIMIT = 4;

/** Less CPU time than this part of the time is what polling takes, and no progress. */
const CPU_SHARE = 0.05;
/** Less than this, in milliseconds, is nothing. The kernel counts in steps of 10. */
const CPU_SLACK_MS = 30;

/** What processes have done so far, all together. */
export interface Activity {
  /** How much CPU time they have used, in milliseconds. */
  readonly cpuMs: number;
  /** Whether one of them could go on at this very moment. */
  readonly isBusy: boolean;
}

/** What is looked at. */
export interface Watched {
  /** When a byte has gone through a channel last, or a line was written, by `performance.now()`. */
  readonly movedAt: number;
  /** What all processes have done so far; `undefined` if nobody can tell. */
  look(): Promise<Activity | undefined>;
  /** What everybody waits for. */
  situations(): Promise<readonly HostSituation[]>;
}

/** A job in which nothing has moved. */
export interface Stall {
  /** For how long, in milliseconds. */
  readonly ms: number;
  readonly situations: readonly HostSituation[];
  /** The same in words, a process on each line. */
  readonly waits: readonly string[];
}

/** After how long what is done, in milliseconds. */
export interface StallLimits {
  readonly stalledAfterMs: number;
  readonly stallTimeoutMs: number;
}

/** Notices when nothing moves in a job any more: no byte through a channel, no line, no CPU time worth mentioning. */
export class StallWatch {
  readonly #watched: Watched;
  readonly #limits: StallLimits;
  readonly #onStall: (stall: Stall, isTooLong: boolean) => void;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_MS;
  #progressAt = performance.now();
  #cpuMs = 0;
  #stall: Stall | undefined;
  #looking: Promise<void> | undefined;
  #isOver = false;

  /** @param onStall - told when it has stalled, and when that has lasted too long */
  constructor(watched: Watched, limits: StallLimits, onStall: (stall: Stall, isTooLong: boolean) => void) {
    this.#watched = watched;
    this.#limits = limits;
    this.#onStall = onStall;
    this.#schedule();
  }

  /** The stall that it is in, or was in when the watch ended. */
  get stall(): Stall | undefined {
    return this.#stall;
  }

  /** Resolves when nothing is looked at any more, or a look takes too long. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#looking !== undefined) await settleWithin([this.#looking]);
  }

  #schedule(): void {
    const { stalledAfterMs, stallTimeoutMs } = this.#limits;
    const pause = Math.min(this.#pauseMs, Math.min(stalledAfterMs, stallTimeoutMs) / LOOKS_PER_LIMIT);
    this.#pauseMs = Math.min(this.#pauseMs * GROWTH, LONGEST_MS);
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch(() => undefined) // what cannot be looked at is not said
        .finally(() => {
          if (!this.#isOver) this.#schedule();
        });
    }, pause).unref();
  }

  async #look(): Promise<void> {
    const activity = await this.#watched.look();
    if (this.#hasEnded()) return;
    const now = performance.now();
    if (this.#hasMoved(activity, now)) {
      this.#progressAt = now;
      this.#cpuMs = activity?.cpuMs ?? 0;
      this.#stall = undefined;
      return;
    }
    const ms = now - this.#progressAt;
    const { stalledAfterMs, stallTimeoutMs } = this.#limits;
    const isTooLong = ms >= stallTimeoutMs;
    // Whoever has something to do, and does not get to it on a busy machine, is not to be blamed.
    if (activity?.isBusy) return;
    if (!isTooLong && (ms < stalledAfterMs || this.#stall !== undefined)) return;
    const situations = await this.#watched.situations();
    if (this.#hasEnded()) return;
    this.#stall = { ms, situations, waits: describeWaits(situations) };
    this.#onStall(this.#stall, isTooLong);
  }

  /** Asked again after each wait. */
  #hasEnded(): boolean {
    return this.#isOver;
  }

  #hasMoved(activity: Activity | undefined, now: number): boolean {
    if (activity === undefined || this.#watched.movedAt > this.#progressAt) return true;
    // What a process has used that has just ended, and that nobody has waited for yet, is missing for a moment.
    this.#cpuMs = Math.min(this.#cpuMs, activity.cpuMs);
    return activity.cpuMs - this.#cpuMs > Math.max(CPU_SLACK_MS, CPU_SHARE * (now - this.#progressAt));
  }
}
