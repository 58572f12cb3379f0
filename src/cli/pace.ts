import type { ChannelStats } from 'sagemaker-pipe-mode';

/** What a channel has done lately. */
export interface Pace {
  /** In bytes per second; `undefined` while it is too early to say. */
  readonly rate: number | undefined;
  /** Whether the pipe has taken anything. */
  readonly isMoving: boolean;
  /** Who was waited for most of the time, if one of them was. */
  readonly bottleneck: 'reader' | 'source' | undefined;
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
  readonly waitingFor: ChannelStats['waitingFor'];
}

/** Long enough for numbers that can be read, short enough for numbers that are true. In milliseconds. */
const WINDOW_MS = 2000;
/** Before that, a rate says more about the beginning than about the channel. */
const EARLIEST_MS = 300;
/** From this part of the samples on, somebody sets the pace. */
const MOST = 0.8;

/** Derives a channel's pace from its statistics, asked for again and again. */
export class PaceMeter {
  #samples: Sample[] = [];
  #epoch = -1;

  /** @param now in milliseconds, on any clock that only goes forward. */
  add({ state, epoch, bytes, waitingFor }: ChannelStats, now: number): Pace {
    if (state !== 'streaming' || epoch !== this.#epoch) this.#samples = [];
    this.#epoch = epoch;
    this.#samples.push({ time: now, bytes, waitingFor });
    while (this.#samples[1] && this.#samples[1].time <= now - WINDOW_MS) this.#samples.shift();
    return this.#pace();
  }

  #pace(): Pace {
    const first = this.#samples[0]!;
    const last = this.#samples.at(-1)!;
    const elapsed = last.time - first.time;
    const moved = last.bytes - first.bytes;
    return {
      rate: elapsed < EARLIEST_MS ? undefined : (moved * 1000) / elapsed,
      isMoving: moved > 0 || elapsed < EARLIEST_MS,
      bottleneck: this.#mostly('reader') ? 'reader' : this.#mostly('source') ? 'source' : undefined,
    };
  }

  #mostly(whom: ChannelStats['waitingFor']): boolean {
    const times = this.#samples.filter(({ waitingFor }) => waitingFor === whom).length;
    return times >= this.#samples.length * MOST;
  }
}
