import type { Channel } from 'sagemaker-pipe-mode';

/** What all channels together have done. */
export interface Total {
  readonly channels: number;
  /** How many are over. */
  readonly epochs: number;
  readonly objects: number;
  readonly bytes: number;
  /** From the first reader's coming to the end of what was streamed last, in milliseconds. */
  readonly durationMs: number;
}

/** Adds up what channels do. */
export class Totals {
  readonly #channels: readonly Channel[];
  #epochs = 0;
  #began: number | undefined;
  #ended = 0;

  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
    for (const channel of channels) this.#follow(channel);
  }

  /** `undefined` if no reader has come. */
  get total(): Total | undefined {
    if (this.#began === undefined) return undefined;
    const stats = this.#channels.map((channel) => channel.stats());
    return {
      channels: this.#channels.length,
      epochs: this.#epochs,
      objects: stats.reduce((sum, { objects }) => sum + objects, 0),
      bytes: stats.reduce((sum, { bytes }) => sum + bytes, 0),
      durationMs: Math.max(0, this.#ended - this.#began),
    };
  }

  #follow(channel: Channel): void {
    channel.on('epochStart', () => (this.#began ??= performance.now()));
    channel.on('epochEnd', () => {
      this.#epochs++;
      this.#ended = performance.now();
    });
    const endInMiddle = () => {
      if (channel.stats().epochBytes > 0) this.#ended = performance.now();
    };
    channel.on('stop', endInMiddle);
    channel.on('error', endInMiddle);
  }
}
