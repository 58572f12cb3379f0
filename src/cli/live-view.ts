import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

import { createLogUpdate } from 'log-update';
import type { Channel, ChannelStats } from 'sagemaker-pipe-mode';

import { printableLine } from '../printable.js';
import { activity } from './activity.js';
import { isInBackground } from './background.js';
import { EpochLog } from './epoch-log.js';
import { formatBytes, formatObjects, formatRate } from './format.js';
import { layOut, type Row, truncate } from './layout.js';
import { PaceMeter } from './pace.js';
import type { View } from './view.js';

const FRAME_MS = 100;

const COLOURS = {
  idle: 'dim',
  waiting: 'yellow',
  streaming: 'green',
  finished: 'dim',
  stopped: 'dim',
  failed: 'red',
} as const satisfies Record<ChannelStats['state'], string>;

interface Followed {
  readonly channel: Channel;
  readonly log: EpochLog;
  readonly meter: PaceMeter;
}

/** A line for every channel that is kept up to date, and above them a line for every epoch that is over. */
export class LiveView implements View {
  readonly #terminal: WriteStream;
  readonly #followed: readonly Followed[];
  /** The cursor stays, so that it is also there after a Ctrl-Z or a SIGKILL. */
  readonly #draw: ReturnType<typeof createLogUpdate>;
  #timer: NodeJS.Timeout | undefined;

  constructor(channels: readonly Channel[], terminal: WriteStream) {
    this.#terminal = terminal;
    this.#draw = createLogUpdate(terminal, { showCursor: true });
    this.#followed = channels.map((channel) => ({
      channel,
      log: new EpochLog(channel),
      meter: new PaceMeter(),
    }));
    for (const channel of channels) channel.on('stop', () => this.#onStop(channel));
  }

  ready(): void {
    const { dest } = this.#followed[0]!.channel;
    this.#draw.persist(printableLine(`The FIFOs are in ${dest}. Ctrl-C stops.`));
    process.on('SIGCONT', this.#startAfresh);
    this.#timer = setInterval(this.#frame, FRAME_MS).unref();
    this.#frame();
  }

  writeAbove(write: () => void): void {
    this.#draw.clear();
    write();
    if (this.#timer) this.#frame();
  }

  close(): void {
    clearInterval(this.#timer);
    process.off('SIGCONT', this.#startAfresh);
    this.#timer = undefined;
    this.#draw.clear();
    this.#printEnded();
    this.#draw.done();
  }

  readonly #frame = (): void => {
    this.#printEnded();
    if (!isInBackground()) this.#draw(this.#lines().join('\n'));
  };

  /** After a Ctrl-Z, the shell and others have written below our lines: they stay, and new ones begin here. */
  readonly #startAfresh = (): void => this.#draw.done();

  #printEnded(): void {
    const lines = this.#followed.flatMap(({ log }) => log.take());
    if (lines.length > 0) this.#draw.persist(lines.join('\n'));
  }

  /** A channel that is stopped in the middle of an epoch has more to its name than what the finished ones say. */
  #onStop(channel: Channel): void {
    const { epoch, epochObjects, epochBytes } = channel.stats();
    if (epochBytes === 0) return;
    this.#printEnded();
    const sent = `${formatObjects(epochObjects)}, ${formatBytes(epochBytes)}`;
    this.#draw.persist(`${channel.name}: epoch ${epoch} stopped: ${sent}`);
  }

  #lines(): string[] {
    const { columns, rows } = this.#terminal;
    const now = performance.now();
    const entries = this.#followed.map((followed) => ({ followed, row: toRow(followed, now) }));
    const width = columns > 0 ? columns : 80;
    const lines = layOut(
      entries.map(({ row }) => row),
      width,
    ).map(({ columns: left, activity: right }, index) => {
      const { state } = entries[index]!.followed.channel;
      return left + styleText(COLOURS[state], right, { stream: this.#terminal });
    });
    return clip(lines, rows > 0 ? rows : 24, width);
  }
}

function toRow({ channel, meter }: Followed, now: number): Row {
  const stats = channel.stats();
  const pace = meter.add(stats, now);
  const isStreaming = stats.state === 'streaming';
  return {
    name: channel.name,
    epoch: `epoch ${stats.epoch}`,
    objects: formatObjects(stats.epochObjects),
    bytes: formatBytes(stats.epochBytes),
    rate: isStreaming && pace.rate !== undefined ? formatRate(pace.rate) : '',
    activity: activity({ name: channel.name, state: stats.state, epoch: stats.epoch }, pace),
  };
}

/** Leaves the cursor a line of its own, on a terminal that is too low for all channels. */
function clip(lines: string[], rows: number, width: number): string[] {
  const most = Math.max(rows - 1, 1);
  if (lines.length <= most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), truncate(`and ${hidden} more channels`, width)];
}
