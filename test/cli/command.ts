import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

/** The built command, as users get it. */
export const commandFile = fileURLToPath(new URL('../../dist/cli.mjs', import.meta.url));

/** What a program writes to one of its outputs, as it comes. */
export class Output {
  #text = '';
  #isOver = false;
  readonly #changed: (() => void)[] = [];

  constructor(stream: Readable, { raw = (_text: string) => {} } = {}) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#text += text;
      raw(text);
      this.#notify();
    });
    stream.on('close', () => {
      this.#isOver = true;
      this.#notify();
    });
  }

  get text(): string {
    return this.#text;
  }

  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  /** Resolves when `isThere()` says so; it is asked again whenever something was written. */
  async until(what: string, isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isOver) throw new Error(`Never saw ${what}, but this:\n${this.#text}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  async shows(pattern: RegExp): Promise<void> {
    await this.until(String(pattern), () => pattern.test(this.#text));
  }

  #notify(): void {
    for (const changed of this.#changed.splice(0)) changed();
  }
}

/** `sagemaker-pipe` in a process of its own, with pipes for its outputs. Killed at the latest by disposal. */
export class Command implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #closed: Promise<unknown[]>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [commandFile, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBUG: undefined, ...env },
    });
    this.stdout = new Output(this.child.stdout!);
    this.stderr = new Output(this.child.stderr!);
    this.#closed = once(this.child, 'close');
    onTestFinished(() => this[Symbol.asyncDispose]()); // a test that takes too long never gets to its disposals
  }

  /** Sends a signal; resolves with what the command exited with. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return await this.status();
  }

  /** The exit status, or the name of the signal that has ended it. */
  async status(): Promise<number | string> {
    await this.#closed;
    return this.child.exitCode ?? this.child.signalCode!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }
}
