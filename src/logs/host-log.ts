import { writeFileSync } from 'node:fs';

import type { LogLine } from '../runner/runner.js';
import { LastLines } from './last-lines.js';
import type { LogBatch } from './log-batch.js';
import type { LogEvent, LogStreamName } from './log-event.js';
import { LogFile } from './log-file.js';

/** Told of what an algorithm has written, when it is in the log. More comes when that is dealt with. */
export type OnBatches = (batches: readonly LogBatch[], host: string) => void | Promise<void>;

/**
 * How long lines are gathered after others have been dealt with, in milliseconds: to write them, and to look for metrics in
 * them, costs much the same for one as for a thousand.
 */
const GATHER_MS = 5;

/** How much may wait for that, in UTF-16 units. As much is being dealt with meanwhile. */
const MOST_WAITING = 256 * 1024;

/** All that is written on a host, however often its program is started. */
export class HostLog {
  readonly host: string;
  /** Rejects when what was written cannot be kept. */
  readonly failed: Promise<never>;
  readonly #file: LogFile;
  readonly #lastLines = new LastLines();
  readonly #onBatches: OnBatches;
  #waiting: LogBatch[] = [];
  #waitingLength = 0;
  /** Settles when nothing waits any more. Never rejects. */
  #keeping: Promise<void> | undefined;
  #stopGathering: () => void = () => undefined;
  /** How many wait until all is written: nothing is gathered for them. */
  #inHurry = 0;
  /** Those who wait for room. */
  #appenders: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #fail!: (error: unknown) => void;

  constructor(path: string, host: string, onBatches: OnBatches) {
    this.host = host;
    this.failed = new Promise<never>((_resolve, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined); // written() tells too
    this.#file = new LogFile(path, host);
    this.#onBatches = onBatches;
  }

  /** The file with all of it. */
  get path(): string {
    return this.#file.path;
  }

  get lastLines(): readonly string[] {
    return this.#lastLines.list;
  }

  /** Makes the file. */
  make(): void {
    writeFileSync(this.path, '');
  }

  /**
   * Resolves when there is room for more; soon after, the lines are in the file, and everybody has been told.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`, for these lines or earlier ones
   */
  async append(lines: readonly LogLine[], stream: LogStreamName): Promise<void> {
    this.#lastLines.push(lines); // first: they may say why there is no room in the file
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting.push({ lines, stream, time: new Date() });
    for (const { text } of lines) this.#waitingLength += text.length + 1;
    this.#keeping ??= this.#keep();
    if (this.#waitingLength < MOST_WAITING) return;
    this.#stopGathering();
    await new Promise<void>((resolve) => this.#appenders.push(resolve));
  }

  /**
   * Resolves when all lines are in the file, and everybody has been told.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`
   */
  async written(): Promise<void> {
    this.#inHurry++;
    this.#stopGathering();
    await this.#keeping;
    this.#inHurry--;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** From the first line on; waits for more until the end. */
  read(): AsyncGenerator<LogEvent, void, undefined> {
    return this.#file.read();
  }

  /** Says that nothing more comes. */
  async end(): Promise<void> {
    await this.written().catch(() => undefined); // whoever has written was told
    await this.#file.end();
  }

  async #keep(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batches = this.#waiting;
        this.#waiting = [];
        this.#waitingLength = 0;
        this.#makeRoom();
        await this.#file.append(batches);
        await this.#onBatches(batches, this.host);
        await this.#gather();
      }
    } catch (error) {
      this.#failure = { error };
      this.#fail(error);
      this.#makeRoom();
    } finally {
      this.#keeping = undefined;
    }
  }

  #makeRoom(): void {
    for (const resume of this.#appenders.splice(0)) resume();
  }

  async #gather(): Promise<void> {
    if (this.#inHurry > 0 || this.#waitingLength >= MOST_WAITING) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#stopGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
