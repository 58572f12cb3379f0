import type { WriteStream } from 'node:tty';

import wrapAnsi from 'wrap-ansi';

/** Breaks lines between words where they are longer than the terminal is wide. A word that is too long stays whole. */
export function wrapWords(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');
}

/** Text as a stream should get it: wrapped for a terminal, and as it is for everything else. */
export function wrapFor(stream: WriteStream, text: string): string {
  return stream.isTTY ? wrapWords(text, columnsOf(stream)) : text;
}

/** Some terminals do not know how wide they are. */
export function columnsOf({ columns }: WriteStream): number {
  return columns > 0 ? columns : 80;
}

/** Lines that are indented are those of a stack or of an excerpt, and mean something by where they break. */
function wrapLine(line: string, columns: number): string {
  return /^\s/.test(line) ? line : wrapAnsi(line, columns, { hard: false });
}
