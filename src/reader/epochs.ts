import { join } from 'node:path';
import { PipeModeError } from '../errors.js';
import { fifoName } from '../fs/fifo-name.js';
import { FifoStream } from './fifo-stream.js';
import { openFifo, type FifoAddress } from './open-fifo.js';
import { planReading, type ReadEpochsOptions, type ReadPlan } from './options.js';

/**
 * One epoch of a channel: its bytes, in order, in chunks of any size.
 *
 * - It can be read once, as every pipe; a second loop fails with code `INVALID_STATE`.
 * - Leaving the loop early closes the FIFO, and with it the epoch: SageMaker allows that.
 * - A chunk is the reader's to keep. It is a view of up to 1 MiB that it shares with its neighbours: `slice()`
 *   it if you keep little of much.
 * - At most some 2 MiB are read ahead of the loop, whatever the writer does.
 */
export interface Epoch extends AsyncIterable<Uint8Array> {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** The path of its FIFO. */
  readonly path: string;
}

/**
 * Reads a Pipe-mode channel, epoch after epoch: `<dir>/<channel>_0`, `_1`, `_2` and so on, each to its end or
 * for as far as you like. It needs nothing but Node, and works in a SageMaker container as it does locally.
 *
 * It waits for each epoch's FIFO as SageMaker's clients do: it looks again and again, first after 1 ms, then
 * ever less often, down to every 100 ms, without a limit unless `openTimeoutMs` sets one. Nothing that it does
 * waits for a writer in the thread, or in one of the four of libuv's pool, so any number of channels can be read
 * at once, in the process that writes them too. (In a worker thread, opening needs that pool for an instant.)
 *
 * - An epoch is opened when the loop comes to it, and closed when the loop goes on, whether or not it was read.
 *   So read it within the loop, and wait for that; reading it later fails with code `INVALID_STATE`.
 * - An epoch that the loop skips is closed as soon as its writer has come, as a blocking open would have it.
 * - Leaving the loop closes everything. Another loop over the same object goes on with the next epoch.
 *
 * That the epochs of a channel are numbered from 0, that each has a FIFO of its own at this path, and that
 * closing one early is legal, is in the SageMaker developer guide ("Pipe mode"); so is a client in Python that
 * looks for the next FIFO every 100 ms.
 *
 * @param options - Which channel, where and for how many epochs.
 * @returns The epochs, in order: endless, unless `epochs` says how many.
 * @throws {@link PipeModeError}, at once: `INVALID_CHANNEL_NAME`, `INVALID_EPOCHS`, `INVALID_OPTION`,
 *   `UNKNOWN_OPTION`, or `UNSUPPORTED_PLATFORM` on Windows, which has no FIFOs.
 * @throws {@link PipeModeError}, in the loops: `NOT_A_FIFO` if something else is at the path, such as the
 *   directory of a File-mode channel; `READ_TIMEOUT` if `openTimeoutMs` is over; `READ_FAILED` if the system
 *   does not let the FIFO be opened or read; `TOO_MANY_OPEN_FILES` if there is no descriptor for it; `ABORTED` if
 *   `signal` is, with its reason as `cause`; `INVALID_STATE` as said above.
 *
 * @example
 * ```ts
 * import { readEpochs } from 'sagemaker-pipe-mode/reader';
 *
 * // In a SageMaker container leave out `dir`.
 * for await (const epoch of readEpochs({ dir: './ml/input/data', channel: 'training', epochs: 3 })) {
 *   let bytes = 0;
 *   for await (const chunk of epoch) bytes += chunk.length;
 *   console.log(`epoch ${epoch.epoch}: ${bytes} bytes`);
 * }
 * ```
 */
export function readEpochs(options: ReadEpochsOptions): AsyncIterable<Epoch> {
  const plan = planReading(options);
  const position = { next: plan.firstEpoch };
  return { [Symbol.asyncIterator]: () => epochsFrom(position, plan) };
}

async function* epochsFrom(position: { next: number }, plan: ReadPlan): AsyncGenerator<Epoch> {
  const { channel, dir, signal, openTimeoutMs } = plan;
  while (position.next < plan.firstEpoch + plan.epochs) {
    const epoch = position.next;
    const address = { channel, epoch, path: join(dir, fifoName(channel, epoch)) };
    const fd = await openFifo(address, openTimeoutMs, signal);
    position.next = epoch + 1;
    const stream = new FifoStream(fd, address, signal);
    const opened = new FifoEpoch(stream, address);
    try {
      yield opened;
      await opened.skip();
    } finally {
      await stream.close(over(address));
    }
  }
}

class FifoEpoch implements Epoch {
  readonly #stream: FifoStream;
  readonly #address: FifoAddress;
  #isTaken = false;

  constructor(stream: FifoStream, address: FifoAddress) {
    this.#stream = stream;
    this.#address = address;
  }

  get epoch(): number {
    return this.#address.epoch;
  }

  get path(): string {
    return this.#address.path;
  }

  /**
   * Waits until its writer has come, if nobody has begun to read it. A FIFO that is closed before is one that,
   * for its writer, nobody has opened: it would wait for its reader for ever, while we wait for the next FIFO.
   */
  async skip(): Promise<void> {
    if (this.#isTaken) return;
    this.#isTaken = true;
    await this.#stream.read();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#isTaken) throw over(this.#address);
    this.#isTaken = true;
    try {
      for (;;) {
        const chunk = await this.#stream.read();
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      await this.#stream.close();
    }
  }
}

function over(address: FifoAddress): PipeModeError {
  return new PipeModeError(
    'INVALID_STATE',
    `Epoch ${address.epoch} of channel "${address.channel}" is over: it has been read before, or the loop over ` +
      'the epochs went on or was left. Read each epoch once, and within that loop.',
    address,
  );
}
