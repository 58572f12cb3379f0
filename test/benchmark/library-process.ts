import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import { track } from './processes.js';
import { onCore } from './reader.js';
import { beside } from './toolchain.js';

interface Answer {
  readonly error?: string;
  readonly answer?: unknown;
}

/** The library in a process of its own, driven by messages: programs/serve.mjs is the other end. */
export class LibraryProcess {
  readonly #child: ChildProcess;
  #answered: ((answer: unknown) => void) | undefined;
  #fail!: (error: Error) => void;
  readonly #failure = new Promise<never>((_, reject) => (this.#fail = reject));

  /** @param program - a file in `programs` */
  constructor(program: string, { core, env }: { core?: number | undefined; env?: NodeJS.ProcessEnv } = {}) {
    this.#failure.catch(() => undefined); // whoever waits for something has it
    const [execPath, ...execArgv] = onCore(core, [process.execPath]);
    const options = { execPath: execPath!, execArgv, env: { ...process.env, ...env } };
    this.#child = track(fork(beside(`programs/${program}`), options));
    this.#child.on('message', ({ error, answer }: Answer) => {
      if (error === undefined) this.#answered?.(answer);
      else this.#fail(new Error(error));
    });
    this.#child.on('exit', (code, signal) => {
      this.#fail(new Error(`The process that runs the library has ended (${code ?? signal}).`));
    });
  }

  /** Rejects if the library has failed. */
  get failure(): Promise<never> {
    return this.#failure;
  }

  /** Stops what runs, and waits until the process has ended. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    try {
      await this.ask('stop');
      await ended;
    } finally {
      this.#child.kill('SIGKILL');
    }
  }

  /** One thing at a time. */
  protected async ask<T>(operation: string, input?: unknown): Promise<T> {
    const answer = new Promise((resolve) => (this.#answered = resolve));
    this.#child.send({ operation, input });
    return (await Promise.race([answer, this.#failure])) as T;
  }
}
