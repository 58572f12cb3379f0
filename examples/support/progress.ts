import type { ChannelGroup, EpochEndEvent } from 'sagemaker-pipe-mode';

const BAR = 30;
const REFRESH_MS = 100;

interface Row {
  readonly ended: Map<string, EpochEndEvent>;
  losses?: { train: number; validation: number };
}

/**
 * Shows a job while it runs: a line for every epoch that is over, and on a terminal one below them with what the
 * channels are doing now.
 */
export class Progress implements Disposable {
  readonly #rows: Row[] = [];
  #printed = 0;
  #firstLoss: number | undefined;
  #group: ChannelGroup | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Begins to watch the channels. */
  watch(group: ChannelGroup): void {
    this.#group = group;
    const columns = [...group.channels.keys()].map((name) => name.padEnd(20)).join('');
    console.log(`epoch   ${columns}train loss  validation loss (logarithmic)`);
    for (const [name, channel] of group.channels) {
      channel.on('epochEnd', (event) => {
        this.#row(event.epoch).ended.set(name, event);
        this.#print();
      });
    }
    if (process.stdout.isTTY) this.#timer = setInterval(() => this.#refresh(), REFRESH_MS);
  }

  /** Takes a line of the algorithm: metrics are shown in the table, anything else as it is. */
  readonly take = (line: string): void => {
    const match = /^epoch=(\d+) train_loss=(\S+) validation_loss=(\S+)$/.exec(line);
    if (!match) {
      this.#say(line);
      return;
    }
    const [, epoch, train, validation] = match;
    this.#row(Number(epoch)).losses = { train: Number(train), validation: Number(validation) };
    this.#print();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clearLine();
  }

  #row(epoch: number): Row {
    return (this.#rows[epoch] ??= { ended: new Map() });
  }

  /** An epoch's line needs the channels' side and the algorithm's, and they come in any order. */
  #print(): void {
    for (;;) {
      const row = this.#rows[this.#printed];
      if (!row?.losses || row.ended.size < (this.#group?.channels.size ?? 0)) return;
      const columns = [...(this.#group?.channels.keys() ?? [])].map((name) => describe(row.ended.get(name)));
      const { train, validation } = row.losses;
      this.#firstLoss ??= validation;
      const epoch = String(this.#printed++).padStart(5);
      this.#say(
        `${epoch}   ${columns.join('')}${train.toFixed(4).padStart(10)}  ${validation.toFixed(4).padStart(8)} ${this.#bar(validation)}`,
      );
    }
  }

  #bar(loss: number): string {
    const decades = Math.log10(loss / (this.#firstLoss ?? loss));
    return '█'.repeat(Math.max(1, Math.round(BAR * (1 + decades / 4))));
  }

  #refresh(): void {
    const columns = [...(this.#group?.channels ?? [])].map(([name, channel]) => {
      const { epoch, epochBytes, waitingFor } = channel.stats();
      return `${name} ${epoch}: ${bytes(epochBytes)}, waiting for ${waitingFor}`;
    });
    this.#clearLine();
    process.stdout.write(columns.join(' │ ').slice(0, (process.stdout.columns || 80) - 1));
  }

  #say(line: string): void {
    this.#clearLine();
    console.log(line);
  }

  #clearLine(): void {
    if (this.#timer) process.stdout.write('\r\u001B[K');
  }
}

function describe(event: EpochEndEvent | undefined): string {
  if (!event) return '';
  return `${event.objects} objects, ${bytes(event.bytes)}`.padEnd(20);
}

function bytes(count: number): string {
  return count < 1000 ? `${count} B` : `${Math.round(count / 1000)} kB`;
}
