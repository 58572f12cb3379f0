import { setTimeout as delay } from 'node:timers/promises';

import type { Channel, PipeModeError } from 'sagemaker-pipe-mode';

import { printableLine } from '../printable.js';
import { failureText } from './failure-text.js';
import { Readers } from './readers.js';

/** What to do about failures, and how to tell of them. */
export interface FailureOptions {
  /** Ends at the first failure, although a reader then takes what it got for the whole epoch. */
  readonly exitOnFailure: boolean;
  /** Shows everything that is known about a failure. */
  readonly debug: boolean;
  /** Shows a line or several to the user. */
  readonly report: (text: string) => void;
}

/** How often to look whether the readers have left, in milliseconds. */
const LOOK_MS = 100;

/**
 * Reports the channels' failures, and knows when the command may end after one. An exit closes the FIFOs, and
 * whoever is reading takes that for the end of the epoch: so not before every reader has left.
 */
export class Failures implements Disposable {
  /** Resolves some time after the first failure, when the command may end. */
  readonly mayEnd: Promise<void>;
  readonly #channels: readonly Channel[];
  readonly #options: FailureOptions;
  readonly #readers: Readers;
  readonly #disposed = new AbortController();
  #resolve!: () => void;
  #count = 0;

  constructor(channels: readonly Channel[], options: FailureOptions) {
    this.#channels = channels;
    this.#options = options;
    this.#readers = new Readers(channels);
    this.mayEnd = new Promise((resolve) => (this.#resolve = resolve));
    for (const channel of channels) {
      channel.on('error', (error) => {
        this.#onError(channel, error);
      });
    }
  }

  /** Whether anything has failed. */
  get any(): boolean {
    return this.#count > 0;
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
  }

  #onError(channel: Channel, error: PipeModeError): void {
    const { exitOnFailure, debug, report } = this.#options;
    const isHeld = !exitOnFailure && this.#readers.has(channel);
    report(failureText(error, { debug }) + (isHeld ? `\n${this.#holding(channel)}` : ''));
    this.#count++;
    if (this.#count > 1) return;
    if (exitOnFailure) this.#resolve();
    else void this.#awaitReaders();
  }

  #holding(channel: Channel): string {
    const others = this.#channels.length > 1 ? ' The other channels go on.' : '';
    return (
      `sagemaker-pipe: holding ${printableLine(channel.stats().path)} open, or its reader would take this for the end of the epoch. ` +
      `Stop the reader, and this command ends with it; Ctrl-C ends the data where it is.${others}`
    );
  }

  async #awaitReaders(): Promise<void> {
    const { signal } = this.#disposed;
    while (this.#readers.any && !signal.aborted) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#resolve();
  }
}
