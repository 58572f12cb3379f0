/* eslint-disable no-control-regex -- this is what a terminal reads */

/** A sequence, one that goes on in the next chunk, the end of a line, or text. */
const TOKEN = /^(\x1b\[\??[\d;]*[A-Za-z]|\x1b(\[\??[\d;]*)?$|[\r\n]|[^\x1b\r\n]+)/;
const UNFINISHED = /^\x1b(\[\??[\d;]*)?$/;

/**
 * What a terminal shows, from what was written to it. It knows the few sequences that our view uses, and refuses
 * all others, so that nothing passes unnoticed.
 */
export class Screen {
  readonly #columns: number;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  #pending = '';
  /** Whether a line was longer than the terminal is wide. */
  hasWrapped = false;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The lines from the first to the last that has anything in it, including those scrolled off the top. */
  get lines(): string[] {
    return this.#lines.map((line) => line.trimEnd()).filter((line) => line !== '');
  }

  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = '';
    while (rest !== '') {
      const [token] = TOKEN.exec(rest) ?? [];
      if (token === undefined) throw new Error(`Unknown sequence: ${JSON.stringify(rest.slice(0, 20))}`);
      rest = rest.slice(token.length);
      if (UNFINISHED.test(token)) this.#pending = token;
      else if (token.startsWith('\x1b')) this.#command(token.slice(2));
      else this.#put(token);
    }
  }

  #put(token: string): void {
    if (token === '\r') this.#column = 0;
    else if (token === '\n') this.#go(this.#row + 1);
    else for (const character of token) this.#putCharacter(character);
  }

  #putCharacter(character: string): void {
    if (this.#column === this.#columns) {
      this.hasWrapped = true;
      this.#go(this.#row + 1);
      this.#column = 0;
    }
    const line = this.#lines[this.#row]!.padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  #command(command: string): void {
    const count = parseInt(command, 10) || 1;
    if (/^\d*A$/.test(command)) this.#go(this.#row - count);
    else if (/^\d*B$/.test(command)) this.#go(this.#row + count);
    else if (/^1?G$/.test(command)) this.#column = 0;
    else if (command === '2K') this.#lines[this.#row] = '';
    else if (command === 'K') this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
    else if (!/^(\?2026[hl]|[\d;]*m)$/.test(command)) throw new Error(`Unknown sequence: ${command}`);
  }

  #go(row: number): void {
    this.#row = Math.max(row, 0);
    while (this.#lines.length <= this.#row) this.#lines.push('');
  }
}
