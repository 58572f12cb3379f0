import { fileSource, s3Source, sharded, type ChannelOptions, type Source } from 'sagemaker-pipe-mode';

import type { Feed } from './feed.js';
import { listedBytes } from './listed-bytes.js';

/**
 * How many bytes an epoch comes to, as soon as that is known: from a listing, if objects go out as they are, or from an
 * epoch that was complete. Data may change, so it is for people only.
 */
export class EpochSize {
  readonly #options: ChannelOptions;
  #bytes: number | undefined;
  #isSought = false;

  constructor({ channel, options }: Feed) {
    this.#options = options;
    channel.on('epochEnd', ({ outcome, bytes }) => {
      if (outcome === 'complete' && !varies(options)) this.#bytes = bytes;
    });
  }

  get bytes(): number | undefined {
    return this.#bytes;
  }

  /** Lists the source by itself, unless that was done. What is wrong with it is the channel's to tell. */
  async seek(signal: AbortSignal): Promise<void> {
    if (this.#isSought) return;
    this.#isSought = true;
    const source = listable(this.#options);
    try {
      if (source)
        this.#bytes ??= await listedBytes(source, { recordio: this.#options.recordio === true, signal });
    } catch {
      // it stays unknown
    } finally {
      await source?.close?.();
    }
  }
}

/** A host's share of another order in every epoch is another one. */
function varies({ shuffle, shard }: ChannelOptions): boolean {
  return shuffle !== undefined && shard !== undefined;
}

/** Manifests are left out: they do not know sizes. */
function listable(options: ChannelOptions): Source | undefined {
  const { source, s3, requestPayer, shard, gunzip = false } = options;
  if (typeof source !== 'string' || gunzip || varies(options)) return undefined;
  const whole = /^s3:/i.test(source) ? s3Source(source, { s3, requestPayer }) : fileSource(source);
  return shard ? sharded(whole, shard) : whole;
}
