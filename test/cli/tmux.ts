import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import { expect, onTestFinished, vi } from 'vitest';

import { commandFile } from './command.js';

export interface TmuxSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * `sagemaker-pipe` in a window of tmux, a terminal that does what terminals do when they are resized: it breaks lines
 * anew, and moves them to its scrollback and back.
 */
export class Tmux implements AsyncDisposable {
  readonly #socket = `sagemaker-pipe-${randomUUID()}`;
  #isOver = false;

  /** @param before what stands on the screen already. */
  constructor(args: readonly string[], { columns, rows }: TmuxSize, before = 'before') {
    const command = [process.execPath, commandFile, ...args].map(quote).join(' ');
    const { CI, DEBUG, NO_COLOR, FORCE_COLOR, TMUX, ...env } = process.env;
    const size = ['-x', String(columns), '-y', String(rows)];
    const script = `trap : INT; stty -echo; echo ${quote(before)}; ${command}; echo "status $?"; trap '' INT; exec cat`;
    execFileSync(
      'tmux',
      ['-L', this.#socket, '-f', '/dev/null', 'new-session', '-d', ...size, 'sh', '-c', script],
      { env: { ...env, LC_ALL: 'C.UTF-8' } },
    );
    onTestFinished(() => this.#kill()); // a test that takes too long never gets to its disposals
  }

  /** The lines on the screen, from the first to the last that has anything in it. */
  get lines(): string[] {
    return this.#tmux('capture-pane', '-p').trimEnd().split('\n');
  }

  /** Resolves when the screen is as it should be; what it is otherwise is in the error. */
  async shows(check: (lines: string[]) => void): Promise<void> {
    await vi.waitFor(() => check(this.lines), { timeout: 20_000, interval: 50 });
  }

  resize({ columns, rows }: TmuxSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  type(key: string): void {
    this.#tmux('send-keys', key);
  }

  /** Ctrl-C, and the end of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.type('C-c');
    await this.shows((lines) => expect(lines.at(-1)).toMatch(/^status /));
    this.#kill();
  }

  #kill(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
