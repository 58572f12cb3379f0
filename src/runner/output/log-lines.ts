import { StringDecoder } from 'node:string_decoder';

import type { LogLine } from '../runner.js';

/** The longest text of a {@link LogLine}, in UTF-16 units: what is longer comes as several. */
export const LONGEST_LINE = 1024 * 1024;

/**
 * Makes lines of bytes as they come. They end in LF or CR LF; a CR by itself, with which progress bars go back, stays in
 * the line. No package does this with a bound: readline has none, and split2 drops what is beyond.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  /** The beginning of a line whose end has not come. */
  #rest = '';

  /** The lines that end in these bytes. */
  push(chunk: Buffer): LogLine[] {
    return this.#split(this.#decoder.write(chunk));
  }

  /** The last line, if it has no end. */
  end(): LogLine[] {
    const lines = this.#split(this.#decoder.end());
    if (this.#rest !== '') lines.push(whole(this.#rest));
    this.#rest = '';
    return lines;
  }

  #split(text: string): LogLine[] {
    const lines: LogLine[] = [];
    const texts = text.split('\n');
    const last = texts.length - 1;
    for (let index = 0; index <= last; index++) {
      let line = index === 0 ? this.#rest + texts[0]! : texts[index]!;
      if (line.length > LONGEST_LINE) line = this.#take(line, lines);
      if (index === last) this.#rest = line;
      else lines.push(whole(line.endsWith('\r') ? line.slice(0, -1) : line));
    }
    return lines;
  }

  /** Takes off what is too long, and answers the rest. */
  #take(line: string, lines: LogLine[]): string {
    let rest = line;
    while (rest.length > LONGEST_LINE) {
      const end = isHighSurrogate(rest.charCodeAt(LONGEST_LINE - 1)) ? LONGEST_LINE - 1 : LONGEST_LINE;
      lines.push({ text: rest.slice(0, end), continues: true });
      rest = rest.slice(end);
    }
    return rest;
  }
}

function whole(text: string): LogLine {
  return { text, continues: false };
}

/** Whether the character goes on in the next unit. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
