import type {
  Channel,
  EpochEndEvent,
  EpochStartEvent,
  ObjectEvent,
  PipeModeError,
} from 'sagemaker-pipe-mode';

import { now } from './readers/reading.js';
import type { Moment } from './scenario.js';

export type SeenEvent =
  | { readonly name: 'epochStart'; readonly at: bigint; readonly event: EpochStartEvent }
  | { readonly name: 'object'; readonly at: bigint; readonly event: ObjectEvent }
  | { readonly name: 'epochEnd'; readonly at: bigint; readonly event: EpochEndEvent }
  | { readonly name: 'stop'; readonly at: bigint }
  | { readonly name: 'error'; readonly at: bigint; readonly error: PipeModeError };

/** What a channel reports, in order; and calls at moments. */
export class EventLog {
  readonly #moments: { readonly moment: Moment; readonly act: () => void }[] = [];
  readonly #counts = new Map<Moment['at'], number>();

  constructor(private readonly seen: SeenEvent[]) {}

  watch(channel: Channel, listensForErrors: boolean): void {
    channel.on('epochStart', (event) => this.#note({ name: 'epochStart', at: now(), event }));
    channel.on('object', (event) => this.#note({ name: 'object', at: now(), event }));
    channel.on('epochEnd', (event) => this.#note({ name: 'epochEnd', at: now(), event }));
    channel.on('stop', () => this.#note({ name: 'stop', at: now() }));
    if (listensForErrors) channel.on('error', (error) => this.#note({ name: 'error', at: now(), error }));
  }

  /** Calls `act` at the moment, in the same tick if the moment has no delay. */
  on(moment: Moment, act: () => void): void {
    this.#moments.push({ moment, act });
  }

  reached(at: Moment['at']): void {
    const count = (this.#counts.get(at) ?? 0) + 1;
    this.#counts.set(at, count);
    const isCounted = at === 'epochStart' || at === 'object' || at === 'epochEnd';
    for (const { moment, act } of this.#moments) {
      if (moment.at !== at || (isCounted && moment.count !== count)) continue;
      if (moment.delayMs === 0) act();
      else setTimeout(act, moment.delayMs);
    }
  }

  #note(event: SeenEvent): void {
    this.seen.push(event);
    if (event.name !== 'stop' && event.name !== 'error') this.reached(event.name);
  }
}
