import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What is known of the times of a while. The percentiles are `undefined` of none. */
export interface TimesSummary {
  /** How many there are. */
  readonly count: number;
  /** Half of them took no longer, in milliseconds. */
  readonly p50Ms: number | undefined;
  /** 95 of 100 took no longer, in milliseconds. */
  readonly p95Ms: number | undefined;
  /** 99 of 100 took no longer, in milliseconds. */
  readonly p99Ms: number | undefined;
}

/** What is forgotten at once, in milliseconds. */
const SLICE_MS = 5000;
/** A minute. */
const SLICES = 12;

/** From a microsecond to an hour, to one percent: some 25 kB each. */
const LONGEST_US = 3_600_000_000;
const HISTOGRAM = { lowest: 1, highest: LONGEST_US, figures: 2 } as const;

/** How long things took that have ended within the last minute, in bounded memory however many they are. */
export class RecentTimes {
  readonly #slices = new Map<number, RecordableHistogram>();
  readonly #sum = createHistogram(HISTOGRAM);

  /** @param now - in milliseconds, on any clock that only goes forward */
  add(ms: number, now: number): void {
    const slice = Math.floor(now / SLICE_MS);
    let histogram = this.#slices.get(slice);
    if (histogram === undefined) {
      this.#forget(slice);
      histogram = createHistogram(HISTOGRAM);
      this.#slices.set(slice, histogram);
    }
    histogram.record(Math.min(Math.max(Math.round(ms * 1000), 1), LONGEST_US));
  }

  /** @param now - as for {@link RecentTimes.add} */
  summary(now: number): TimesSummary {
    this.#forget(Math.floor(now / SLICE_MS));
    this.#sum.reset();
    for (const histogram of this.#slices.values()) this.#sum.add(histogram);
    const percentile = (share: number) => (count === 0 ? undefined : this.#sum.percentile(share) / 1000);
    const { count } = this.#sum;
    return { count, p50Ms: percentile(50), p95Ms: percentile(95), p99Ms: percentile(99) };
  }

  #forget(slice: number): void {
    for (const each of this.#slices.keys()) if (each <= slice - SLICES) this.#slices.delete(each);
  }
}
