import type { WriteStream } from 'node:tty';

import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';

import { isInBackground } from './background.js';
import { columnsOf, wrapWords } from './word-wrap.js';

/** How large a terminal is, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A window that is dragged to another size has many sizes on its way, and ours may be gone before we write. */
const SETTLE_MS = 100;
/** More than any screen has lines. */
const MOST_REMEMBERED = 300;

/**
 * Lines at the bottom of a terminal that are kept up to date, and text that stays above them.
 *
 * A terminal that is resized breaks and moves lines before it tells, each in its own way: how many rows up ours begin
 * is then not what was counted when they were written. So all of ours is erased that may be on the screen, by the count
 * at the new width, and written anew.
 */
export class BottomLines {
  readonly #terminal: WriteStream;
  readonly #layOut: (size: Size) => readonly string[];
  /** The cursor stays, so that it is also there after a Ctrl-Z or a SIGKILL. */
  readonly #update: ReturnType<typeof createLogUpdate>;
  #size: Size;
  /** What was printed, as it was given: it is wrapped anew at another width. */
  #above: string[] = [];
  #bottom: readonly string[] = [];
  /** Whether all of a screen has been ours: some may have gone into the scrollback, and come back from there. */
  #hasFilledScreen = false;
  #settling: NodeJS.Timeout | undefined;
  #hasResized = false;
  #isOver = false;

  /** @param layOut makes the lines at the bottom: none wider than the terminal, and fewer than it has rows. */
  constructor(terminal: WriteStream, layOut: (size: Size) => readonly string[]) {
    this.#terminal = terminal;
    this.#layOut = layOut;
    this.#update = createLogUpdate(terminal, { showCursor: true });
    this.#size = sizeOf(terminal);
    process.on('SIGWINCH', this.#onResize); // unlike 'resize' also if it is as large as before by now
    process.on('SIGCONT', this.#startAfresh);
  }

  /** Brings the lines at the bottom up to date. */
  refresh(): void {
    if (!this.#settling) this.#draw();
  }

  /** Writes text above them, where it stays. It may also go to stderr, if that is the same terminal. */
  print(text: string, stream: NodeJS.WritableStream = this.#terminal): void {
    this.#draw(); // at the size that the terminal has now
    this.#update.clear();
    stream.write(`${wrapWords(text, columnsOf(this.#terminal))}\n`);
    this.#remember(text);
    this.#draw();
  }

  /** Takes the lines at the bottom away. Text can still be printed. */
  end(): void {
    this.#isOver = true;
    process.off('SIGWINCH', this.#onResize);
    process.off('SIGCONT', this.#startAfresh);
    clearTimeout(this.#settling);
    this.#update.clear();
  }

  #draw(): void {
    if (this.#isOver || isInBackground()) return;
    const size = sizeOf(this.#terminal);
    const bottom = this.#layOut(size);
    if (this.#hasResized || !isSame(size, this.#size)) this.#startOver(size, bottom);
    this.#bottom = bottom;
    this.#update(bottom.join('\n'));
  }

  /** When it has settled, signals that have come meanwhile are heard first: of one more resize, or of a Ctrl-Z before it. */
  readonly #onResize = (): void => {
    clearTimeout(this.#settling);
    const settling = setTimeout(() => setImmediate(() => this.#onSettled(settling)), SETTLE_MS).unref();
    this.#settling = settling;
  };

  #onSettled(settling: NodeJS.Timeout): void {
    if (settling !== this.#settling) return;
    this.#settling = undefined;
    this.#hasResized = true;
    this.#draw();
  }

  /** After a Ctrl-Z, the shell and others have written below our lines: they stay, and new ones begin here. */
  readonly #startAfresh = (): void => {
    this.#update.done();
    this.#above = [];
    this.#bottom = [];
    this.#hasFilledScreen = false;
    this.#size = sizeOf(this.#terminal);
  };

  #startOver(size: Size, bottom: readonly string[]): void {
    const written = [...this.#above.flatMap((text) => this.#wrapped(text)), ...this.#bottom];
    const ours = rowsOf(written, size.columns);
    // A terminal that has its size back had another one, which is not known.
    this.#hasFilledScreen ||= ours >= size.rows - 1 || isSame(size, this.#size);
    this.#terminal.write(eraseUp(this.#hasFilledScreen ? size.rows - 1 : ours));
    this.#update.done(); // forgets what it has written

    this.#size = size;
    this.#hasResized = false;
    const above = this.#above.flatMap((text) => this.#wrapped(text));
    const shown = lastThatFit(above, { columns: size.columns, rows: size.rows - 1 - bottom.length });
    if (shown.length > 0) this.#terminal.write(`${shown.join('\n')}\n`);
  }

  #remember(text: string): void {
    this.#above.push(text);
    if (this.#above.length <= MOST_REMEMBERED) return;
    this.#above.shift();
    this.#hasFilledScreen = true;
  }

  #wrapped(text: string): string[] {
    return wrapWords(text, this.#size.columns).split('\n');
  }
}

function sizeOf(terminal: WriteStream): Size {
  return { columns: columnsOf(terminal), rows: terminal.rows > 0 ? terminal.rows : 24 };
}

function isSame(one: Size, other: Size): boolean {
  return one.columns === other.columns && one.rows === other.rows;
}

/** Line by line: some terminals keep a screen in the scrollback that is cleared at once. */
function eraseUp(rows: number): string {
  return `${'\x1b[2K\x1b[A'.repeat(rows)}\x1b[2K\r\x1b[J`;
}

/** How many rows lines take on a terminal that breaks what is too long for it. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
}

function lastThatFit(lines: readonly string[], { columns, rows }: Size): readonly string[] {
  let first = lines.length;
  for (let left = rows; first > 0; first--) {
    left -= rowsOf([lines[first - 1]!], columns);
    if (left < 0) break;
  }
  return lines.slice(first);
}
