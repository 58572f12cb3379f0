import { join } from 'node:path';

import { messageOf } from './failure-text.js';
import { type Feed, hasFifos } from './feed.js';
import { tell } from './tell.js';
import { Totals } from './totals.js';
import type { View } from './view.js';

/** What is known of an event, by name. */
export type EventFields = Readonly<Record<string, string | number>>;

/** One line per event, for logs and programs. */
export class EventView implements View {
  readonly #feeds: readonly Feed[];
  readonly #totals: Totals;
  readonly #print: (event: string, fields: EventFields) => void;

  constructor(feeds: readonly Feed[], print: (event: string, fields: EventFields) => void) {
    this.#feeds = feeds;
    this.#totals = new Totals(feeds.map(({ channel }) => channel));
    this.#print = print;
    for (const feed of feeds) this.#follow(feed);
  }

  ready(): void {
    for (const { channel, options } of this.#feeds) {
      const path = join(channel.dest, hasFifos(options) ? `${channel.name}_0` : channel.name);
      this.#print('ready', { channel: channel.name, path });
    }
  }

  tell(text: string): void {
    tell(text);
  }

  close(): void {
    const { total } = this.#totals;
    if (total) this.#print('total', { ...total, durationMs: Math.round(total.durationMs) });
  }

  #follow({ channel, host }: Feed): void {
    const print = (event: string, fields: EventFields = {}) =>
      this.#print(event, { ...(host && { host }), channel: channel.name, ...fields });
    channel.on('epochStart', ({ epoch, path }) => print('epochStart', { epoch, path }));
    channel.on('epochEnd', ({ epoch, outcome, objects, bytes, durationMs }) => {
      print('epochEnd', { epoch, outcome, objects, bytes, durationMs: Math.round(durationMs) });
    });
    channel.on('stop', () => print('stop'));
    channel.on('error', (error) => {
      print('error', { epoch: channel.stats().epoch, code: error.code, message: messageOf(error) });
    });
  }
}
