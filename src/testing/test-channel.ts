import { Channel } from '../channel/channel.js';
import type { ChannelOptions } from '../channel/options.js';
import type { EpochEndEvent, EpochOutcome } from '../delivery/events.js';
import { readersLeft } from './algorithm/readers-left.js';
import { collectEpochs, type EpochContent } from './epoch-content.js';

/** A channel that remembers its epochs. Made by {@link Harness.startChannel}. */
export class TestChannel extends Channel {
  readonly #ended: EpochEndEvent[] = [];
  readonly #epochs: number;
  readonly #msLeft: () => number;

  /**
   * @internal
   * @param msLeft - how long a reader may still wait
   */
  constructor(options: ChannelOptions, msLeft: () => number) {
    super(options);
    this.#epochs = options.epochs ?? 1;
    this.#msLeft = msLeft;
    this.on('epochEnd', (event) => void this.#ended.push(event));
  }

  /** The epochs that are over, with their bytes and objects. */
  get ended(): readonly EpochEndEvent[] {
    return [...this.#ended];
  }

  /** How each of them has ended: `complete`, or `closedEarly` if its reader has left before. */
  get outcomes(): readonly EpochOutcome[] {
    return this.#ended.map(({ outcome }) => outcome);
  }

  /**
   * Reads the next epochs, as an algorithm would, each to its end.
   *
   * @param count - How many. Default: as many as the channel has; of one without a number, one.
   * @throws {@link PipeModeError} `READ_TIMEOUT`, and what `readEpochs` throws
   */
  async readEpochs(count = this.#epochs): Promise<EpochContent[]> {
    const contents = await collectEpochs({
      dir: this.dest,
      channel: this.name,
      firstEpoch: this.stats().epoch,
      epochs: count,
      openTimeoutMs: this.#msLeft(),
    });
    await readersLeft([this]);
    return contents;
  }
}
