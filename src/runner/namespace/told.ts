import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { hasEnded, statusOf } from '../processes.js';
import { GO_ON, HOST_PID, NOT_EXECUTED, READY, START_PROGRAM, WAITING } from './setup-script.js';

/** How often to look whether the shell has become the program, in milliseconds. Mostly it has. */
const LOOK_MS = 1;

/** What the shell that sets up tells, and is answered. */
export class Told {
  #text = '';
  #isOver = false;
  #hasAnswered = false;
  #wake: () => void = () => undefined;

  constructor(control: Duplex) {
    control.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
      if (!this.#hasAnswered && WAITING.test(this.#text)) {
        this.#hasAnswered = true;
        control.write(GO_ON);
      }
      this.#wake();
    });
    control.on('error', () => undefined);
    control.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** All until now. */
  get text(): string {
    return this.#text;
  }

  /** The number of the shell, which becomes the program. */
  get hostPid(): number | undefined {
    const pid = HOST_PID.exec(this.#text)?.[1];
    return pid === undefined ? undefined : Number(pid);
  }

  /**
   * Resolves with `true` as soon as the program runs, or has run; with `false` if it cannot be started. `unshare` has the
   * pipe open, too, so that its end says nothing.
   */
  async untilProgramRuns(): Promise<boolean> {
    while (!READY.test(this.#text) && !this.#isOver) await this.#next();
    if (!READY.test(this.#text)) return false;
    const pid = this.hostPid!;
    while (!NOT_EXECUTED.test(this.#text)) {
      const command = commandLine(pid);
      if (command !== '' && !command.includes(START_PROGRAM)) return true;
      if (hasEnded(statusOf(pid))) return await this.#hasRun();
      await delay(LOOK_MS); // empty is also what is just becoming another program
    }
    return false;
  }

  /** Whether what has ended was the program: if it could not be executed, that may still be on its way. */
  async #hasRun(): Promise<boolean> {
    while (!this.#isOver) await this.#next();
    return !NOT_EXECUTED.test(this.#text);
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/** Empty if the process has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
