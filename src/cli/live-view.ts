import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

import type { ChannelStats } from 'sagemaker-pipe-mode';

import { counted } from '../counted.js';
import { printableLine } from '../printable.js';
import { activity } from './activity.js';
import { BottomLines, type Size } from './bottom-lines.js';
import { EpochLog, formatSent } from './epoch-log.js';
import { EpochSize } from './epoch-size.js';
import { type Feed, hasFifos, outletOf, sourceNameOf } from './feed.js';
import { formatBytes, formatProgress } from './format.js';
import { layOut, type Row, truncate } from './layout.js';
import { PaceMeter } from './pace.js';
import { Totals } from './totals.js';
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

/** A line of a program, as it is to be shown. */
interface OutputLine {
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
}

/** More lines of a program than these are shown at once. */
const MOST_OUTPUT = 500;

interface Followed extends Feed {
  readonly log: EpochLog;
  readonly meter: PaceMeter;
  readonly size: EpochSize;
}

/** A line for every channel that is kept up to date, and above them a line for every epoch that is over. */
export class LiveView implements View {
  readonly #terminal: WriteStream;
  readonly #followed: readonly Followed[];
  readonly #totals: Totals;
  readonly #lines: BottomLines;
  readonly #timer: NodeJS.Timeout;
  readonly #footer: () => string;
  readonly #closed = new AbortController();
  /** What a program has written and is to be shown, with the next frame: drawing takes longer than writing a line. */
  #output: OutputLine[] = [];

  /** @param footer - makes a last line, if there is anything to say. */
  constructor(feeds: readonly Feed[], terminal: WriteStream, footer: () => string = () => '') {
    this.#footer = footer;
    this.#terminal = terminal;
    this.#totals = new Totals(feeds.map(({ channel }) => channel));
    this.#followed = feeds.map((feed) => ({
      ...feed,
      log: new EpochLog(feed),
      meter: new PaceMeter(),
      size: new EpochSize(feed),
    }));
    for (const followed of this.#followed) this.#listen(followed);
    this.#lines = new BottomLines(terminal, (size) => this.#layOut(size));
    this.#timer = setInterval(this.#frame, FRAME_MS).unref();
    this.#frame();
  }

  ready(): void {
    const { dest } = this.#followed[0]!.channel;
    const what = this.#followed.every(({ options }) => hasFifos(options)) ? 'FIFOs' : 'channels';
    this.#lines.print(printableLine(`The ${what} are in ${dest}. Ctrl-C stops.`));
    for (const { size } of this.#followed) void size.seek(this.#closed.signal);
    this.#frame();
  }

  tell(text: string): void {
    this.#printOutput();
    if (process.stderr.isTTY) this.#lines.print(text, process.stderr);
    else process.stderr.write(`${text}\n`);
  }

  readonly showLine = (line: string, stream: 'stdout' | 'stderr'): void => {
    if (stream === 'stderr' && !process.stderr.isTTY) {
      process.stderr.write(`${line}\n`);
      return;
    }
    this.#output.push({ text: visible(line), stream });
    if (this.#output.length >= MOST_OUTPUT) this.#printOutput();
  };

  close(): void {
    clearInterval(this.#timer);
    this.#closed.abort();
    this.#printOutput();
    this.#lines.end();
    this.#printEnded();
    this.#printTotal();
  }

  readonly #frame = (): void => {
    this.#printOutput();
    this.#printEnded();
    this.#lines.refresh();
  };

  #printOutput(): void {
    const lines = this.#output;
    this.#output = [];
    for (let from = 0; from < lines.length;) {
      const { stream } = lines[from]!;
      const next = lines.findIndex((line, index) => index > from && line.stream !== stream);
      const to = next < 0 ? lines.length : next;
      const text = lines.slice(from, to).map((line) => line.text);
      this.#lines.print(text.join('\n'), process[stream]);
      from = to;
    }
  }

  #printEnded(): void {
    const lines = this.#followed.flatMap(({ log }) => log.take());
    if (lines.length > 0) this.#lines.print(lines.join('\n'));
  }

  /** One epoch of one channel has said it all in its own line. */
  #printTotal(): void {
    const { total } = this.#totals;
    if (!total || (total.channels === 1 && total.epochs < 2)) return;
    const channels = counted(total.channels, 'channel');
    const epochs = `${counted(total.epochs, 'epoch')} over`;
    this.#lines.print(`total: ${channels}, ${epochs}, ${formatSent(total)}`);
  }

  #listen(followed: Followed): void {
    const { channel, options, size } = followed;
    channel.on('stop', () => this.#onStop(followed));
    // Files are written before the channel is ready. Before that, the source may turn out not to be there.
    if (!hasFifos(options)) channel.on('epochStart', () => void size.seek(this.#closed.signal));
  }

  /** A channel that is stopped in the middle of an epoch has more to its name than what the finished ones say. */
  #onStop(feed: Feed): void {
    const { epoch, epochObjects, epochBytes } = feed.channel.stats();
    if (epochBytes === 0) return;
    this.#printEnded();
    const sent = `${counted(epochObjects, 'object')}, ${formatBytes(epochBytes)}`;
    this.#lines.print(`${outletOf(feed, epoch)} stopped: ${sent}`);
  }

  #layOut({ columns: width, rows: height }: Size): readonly string[] {
    const now = performance.now();
    const rows = this.#followed.map((followed) => toRow(followed, now));
    const { headings, lines } = layOut(rows, width);
    const coloured = lines.map(({ columns, activity }, index) => {
      const { state } = this.#followed[index]!.channel;
      return columns + this.#style(COLOURS[state], activity);
    });
    const footer = truncate(this.#footer(), width);
    const above = { columns: width, rows: footer === '' ? height : height - 1 };
    const shown =
      rows.length === 0 ? [] : clip({ headings: this.#style('dim', headings), lines: coloured }, above);
    return footer === '' ? shown : [...shown, footer];
  }

  #style(format: Parameters<typeof styleText>[0], text: string): string {
    return styleText(format, text, { stream: this.#terminal });
  }
}

function toRow(followed: Followed, now: number): Row {
  const { channel, options, meter, size } = followed;
  const stats = channel.stats();
  const pace = meter.add(stats, now);
  const [isPipe, sourceName] = [hasFifos(options), sourceNameOf(options)];
  return {
    outlet: outletOf(followed, stats.epoch),
    epoch: isPipe ? `${(stats.epoch + 1).toLocaleString('en')} of ${options.epochs ?? '∞'}` : '',
    objects: stats.epochObjects.toLocaleString('en'),
    bytes: formatProgress(stats.epochBytes, size.bytes),
    activity: activity({ stats, pace, hasFifos: isPipe, sourceName }),
  };
}

/** Leaves the cursor a line of its own, on a terminal that is too low for everything. */
function clip({ headings, lines }: { headings: string; lines: string[] }, { columns, rows }: Size): string[] {
  const most = Math.max(rows - 1, 1);
  if (lines.length < most) return [headings, ...lines];
  if (lines.length === most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), truncate(`and ${counted(hidden, 'more channel')}`, columns)];
}

/** Of a progress bar its last state; colours as they are, and nothing else that would move what is on the screen. */
function visible(line: string): string {
  const last = line.slice(line.lastIndexOf('\r') + 1).replaceAll('\t', '    ');
  const parts = last.split(COLOUR);
  return parts.map((part, index) => (index % 2 === 1 ? part : printableLine(part))).join('');
}

/** A terminal's sequence for colours and such. */
// eslint-disable-next-line no-control-regex -- it is made of one
const COLOUR = /(\x1b\[[\d;]*m)/;
