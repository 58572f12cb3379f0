/** Says on stderr what is going on: in one line that changes on a terminal, a line per case elsewhere. */
export class Progress {
  readonly #cases: number;
  readonly #isTerminal = process.stderr.isTTY;
  #number = 0;
  #case = '';
  #began = performance.now();

  constructor(cases: number) {
    this.#cases = cases;
  }

  begin(name: string): void {
    this.#case = `[${++this.#number}/${this.#cases}] ${name}`;
    this.#began = performance.now();
    this.step('preparing');
  }

  step(what: string): void {
    if (this.#isTerminal) process.stderr.write(`\r\x1b[K${this.#case}: ${what} …`);
  }

  end(how: string): void {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    process.stderr.write(`${this.#isTerminal ? '\r\x1b[K' : ''}${this.#case}: ${how}, ${seconds} s\n`);
  }
}
