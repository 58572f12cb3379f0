import prettyBytes from 'pretty-bytes';

import type { Problem } from './problem.js';
import type { RunOutcome } from './runner-process.js';

interface Failure {
  readonly seed: number;
  readonly problems: readonly Problem[];
}

/** How much a process may grow between its warm state and the end. */
const HEAP_GROWTH_BYTES = 12 * 1024 * 1024;
const RSS_GROWTH_BYTES = 200 * 1024 * 1024;

/** Adds up what scenarios came to. */
export class Summary {
  readonly failures: Failure[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #passedOver = new Map<string, number>();
  readonly #warm = new Map<number, { rss: number; heap: number }>();
  readonly #last = new Map<number, { rss: number; heap: number }>();
  #scenarios = 0;
  #channels = 0;
  #epochs = 0;
  #bytes = 0;
  #faults = 0;
  #peakRss = 0;
  #slowestMs = 0;
  readonly #except: readonly string[];

  constructor(except: readonly string[]) {
    this.#except = except;
  }

  /**
   * @param process - which one it ran in, for the growth of its memory
   * @returns the problems that count
   */
  add(outcome: RunOutcome, process: number): readonly Problem[] {
    this.#scenarios++;
    if ('kinds' in outcome) {
      this.#channels += outcome.channels;
      this.#epochs += outcome.epochs;
      this.#bytes += outcome.bytes;
      this.#faults += outcome.faults;
      this.#peakRss = Math.max(this.#peakRss, outcome.memory.rss);
      this.#slowestMs = Math.max(this.#slowestMs, outcome.durationMs);
      for (const kind of outcome.kinds) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
      const { rss, heap } = outcome.memory;
      if (heap !== undefined) {
        if (!this.#warm.has(process)) this.#warm.set(process, { rss, heap });
        this.#last.set(process, { rss, heap });
      }
    }
    const passed = outcome.problems.filter(({ rule }) => this.#except.includes(rule));
    for (const { rule } of passed) this.#passedOver.set(rule, (this.#passedOver.get(rule) ?? 0) + 1);
    const problems = outcome.problems.filter((it) => !passed.includes(it));
    if (problems.length > 0) this.failures.push({ seed: outcome.seed, problems });
    return problems;
  }

  /** Processes that hold more and more. */
  growth(): Problem[] {
    return [...this.#last].flatMap(([process, { rss, heap }]) => {
      const warm = this.#warm.get(process)!;
      const problems: Problem[] = [];
      if (heap - warm.heap > HEAP_GROWTH_BYTES)
        problems.push({ rule: 'growth', detail: `the heap of process ${process} grew from ${prettyBytes(warm.heap)} to ${prettyBytes(heap)}` }); // prettier-ignore
      if (rss - warm.rss > RSS_GROWTH_BYTES)
        problems.push({ rule: 'growth', detail: `process ${process} grew from ${prettyBytes(warm.rss)} to ${prettyBytes(rss)}` }); // prettier-ignore
      return problems;
    });
  }

  get scenarios(): number {
    return this.#scenarios;
  }

  toString(): string {
    const kinds = [...this.#kinds]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, count]) => `${kind} ${count}`);
    const rules = new Map<string, { count: number; seeds: number[] }>();
    for (const { seed, problems } of this.failures) {
      for (const rule of new Set(problems.map((it) => it.rule))) {
        const found = rules.get(rule) ?? { count: 0, seeds: [] };
        found.count++;
        if (found.seeds.length < 5) found.seeds.push(seed);
        rules.set(rule, found);
      }
    }
    const memory = [...this.#last].map(([process, { heap }]) => `${prettyBytes(this.#warm.get(process)!.heap)} → ${prettyBytes(heap)}`); // prettier-ignore
    return [
      `${this.#scenarios} scenarios: ${this.#channels} channels, ${this.#epochs} epochs, ${prettyBytes(this.#bytes)}, ${this.#faults} channels with faults or stops`,
      `peak RSS ${prettyBytes(this.#peakRss)}; heap of each process, warm → last: ${memory.join(', ') || 'not measured'}; slowest scenario ${Math.round(this.#slowestMs)} ms`,
      `kinds: ${kinds.join(', ')}`,
      ...[...this.#passedOver].map(([rule, count]) => `passed over: ${rule} ${count} times`),
      ...[...rules].map(
        ([rule, { count, seeds }]) => `FAILED ${rule}: ${count} scenarios, such as ${seeds.join(', ')}`,
      ),
      this.failures.length === 0 ? 'no failure' : `${this.failures.length} failures`,
    ].join('\n');
  }
}
