import type { Channel, EpochEndEvent } from 'sagemaker-pipe-mode';
import type { TrainingJob } from 'sagemaker-pipe-mode/training';

import { bar, kilobytes, LiveLine } from './live-line.js';

const LOSS_BAR = 22;
const RECORDS_BAR = 30;
const COLUMN = 12;

interface Row {
  readonly ended: Map<string, EpochEndEvent>;
  losses?: { train: number; validation: number };
}

/**
 * Shows a job while it runs, on 80 columns: a line for every epoch that is over, and on a terminal one below them with
 * what the channels are doing now.
 */
export class Progress implements Disposable {
  readonly #rows: Row[] = [];
  readonly #line = new LiveLine();
  /** How many objects an epoch of a channel has: known when one is sent. */
  readonly #objects = new Map<string, number>();
  #printed = 0;
  #firstLoss: number | undefined;
  readonly #channels: ReadonlyMap<string, Channel>;

  constructor(job: TrainingJob) {
    this.#channels = new Map(job.channels.map(({ channel }) => [channel.name, channel]));
    const columns = [...this.#channels.keys()].map((name) => name.padEnd(COLUMN)).join('');
    console.log(`epoch   ${columns}train loss  validation loss (logarithmic)`);
    for (const [name, channel] of this.#channels) {
      channel.on('epochEnd', (event) => {
        this.#row(event.epoch).ended.set(name, event);
        this.#objects.set(name, event.objects);
        this.#print();
      });
    }
    job.on('log', ({ text }) => this.#take(text));
  }

  [Symbol.dispose](): void {
    this.#line.clear();
  }

  /** Takes a line of the algorithm: metrics are shown in the table, anything else as it is. */
  #take(line: string): void {
    const [, records, channel, current] = /^records=(\d+) of (\w+)_(\d+)$/.exec(line) ?? [];
    if (records !== undefined) {
      this.#showRecords(Number(records), channel!, current!);
      return;
    }
    const match = /^epoch=(\d+) train_loss=(\S+) validation_loss=(\S+)$/.exec(line);
    if (!match) {
      this.#line.say(line);
      return;
    }
    const [, epoch, train, validation] = match;
    this.#row(Number(epoch)).losses = { train: Number(train), validation: Number(validation) };
    this.#print();
  }

  #row(epoch: number): Row {
    return (this.#rows[epoch] ??= { ended: new Map() });
  }

  /** An epoch's line needs the channels' side and the algorithm's, and they come in any order. */
  #print(): void {
    for (;;) {
      const row = this.#rows[this.#printed];
      if (!row?.losses || row.ended.size < this.#channels.size) return;
      const names = [...this.#channels.keys()];
      const columns = names.map((name) => kilobytes(row.ended.get(name)?.bytes ?? 0).padEnd(COLUMN));
      const { train, validation } = row.losses;
      this.#firstLoss ??= validation;
      const epoch = String(this.#printed++).padStart(5);
      const losses = `${train.toFixed(4).padStart(10)}  ${validation.toFixed(4).padStart(8)}`;
      this.#line.say(`${epoch}   ${columns.join('')}${losses} ${this.#lossBar(validation)}`);
    }
  }

  #lossBar(loss: number): string {
    const decades = Math.log10(loss / (this.#firstLoss ?? loss));
    return '█'.repeat(Math.max(1, Math.round(LOSS_BAR * (1 + decades / 4))));
  }

  /** What the algorithm has read, and what has been sent: the pipe runs ahead by what it holds. */
  #showRecords(records: number, channel: string, epoch: string): void {
    const objects = this.#objects.get(channel);
    const { epoch: sentEpoch, epochBytes } = this.#channels.get(channel)!.stats();
    const ahead = sentEpoch > Number(epoch) ? 'all of it is sent' : `${kilobytes(epochBytes)} are sent`;
    const part = objects === undefined ? 0 : records / objects;
    this.#line.show(
      `${channel}_${epoch} ${bar(part, RECORDS_BAR)} ${records} of ${objects ?? '?'} records, ${ahead}`,
    );
  }
}
