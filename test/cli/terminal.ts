import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { commandFile, Output } from './command.js';
import { Screen } from './screen.js';

const program = fileURLToPath(new URL('terminal.py', import.meta.url));

interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** `sagemaker-pipe` on a terminal: a real one as far as it can tell. */
export class Terminal implements AsyncDisposable {
  readonly screen: Screen;
  readonly output: Output;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;

  constructor(args: readonly string[], { columns = 100, rows = 24, env = {} }: TerminalOptions = {}) {
    this.screen = new Screen(columns);
    const line = [program, String(columns), String(rows), process.execPath, commandFile, ...args];
    const { CI, DEBUG, NO_COLOR, FORCE_COLOR, ...inherited } = process.env;
    this.#child = spawn('python3', line, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...inherited, TERM: 'xterm-256color', ...env },
    });
    this.output = new Output(this.#child.stdout!, { raw: (text) => this.screen.write(text) });
    this.#closed = once(this.#child, 'close');
    onTestFinished(() => this[Symbol.asyncDispose]()); // a test that takes too long never gets to its disposals
  }

  /** Resolves when a line that is on the screen matches. */
  async shows(pattern: RegExp): Promise<void> {
    await this.output.until(`${pattern} on the screen`, () =>
      this.screen.lines.some((line) => pattern.test(line)),
    );
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  async status(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.destroy(); // closes the terminal, and the command gets a SIGHUP
    await this.#closed; // it has cleaned up by then
  }
}
