import { join } from 'node:path';

import type { Channel } from 'sagemaker-pipe-mode';

import { formatRecord } from './format.js';
import type { View } from './view.js';

/** One line per event, for logs and programs. */
export class PlainView implements View {
  readonly #channels: readonly Channel[];
  readonly #print: (line: string) => void;

  constructor(channels: readonly Channel[], print: (line: string) => void) {
    this.#channels = channels;
    this.#print = print;
    for (const channel of channels) this.#follow(channel);
  }

  ready(): void {
    for (const { name, dest } of this.#channels) {
      this.#print(formatRecord('ready', { channel: name, path: join(dest, `${name}_0`) }));
    }
  }

  writeAbove(write: () => void): void {
    write();
  }

  close(): void {
    // Every line is out already.
  }

  #follow(channel: Channel): void {
    const { name } = channel;
    channel.on('epochStart', ({ epoch, path }) => {
      this.#print(formatRecord('epochStart', { channel: name, epoch, path }));
    });
    channel.on('epochEnd', ({ epoch, outcome, objects, bytes, durationMs }) => {
      const durationRounded = Math.round(durationMs);
      this.#print(
        formatRecord('epochEnd', {
          channel: name,
          epoch,
          outcome,
          objects,
          bytes,
          durationMs: durationRounded,
        }),
      );
    });
    channel.on('stop', () => this.#print(formatRecord('stop', { channel: name })));
    channel.on('error', ({ code }) => {
      this.#print(formatRecord('error', { channel: name, epoch: channel.stats().epoch, code }));
    });
  }
}
