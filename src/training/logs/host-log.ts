import { writeFileSync } from 'node:fs';

import type { LogLine } from '../../runner/runner.js';
import { LastLines } from './last-lines.js';
import type { LogEvent, LogStreamName } from './log-event.js';
import { LogFile } from './log-file.js';

/** Told of what an algorithm has written, when it is in the log. More comes when that is dealt with. */
export type OnLines = (
  lines: readonly LogLine[],
  host: string,
  stream: LogStreamName,
  time: Date,
) => Promise<void>;

/** All that is written on a host, however often its program is started. */
export class HostLog {
  readonly host: string;
  readonly #file: LogFile;
  readonly #lastLines = new LastLines();
  readonly #onLines: OnLines;

  constructor(path: string, host: string, onLines: OnLines) {
    this.host = host;
    this.#file = new LogFile(path, host);
    this.#onLines = onLines;
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

  /** Resolves when the lines are in the file, and everybody has been told. */
  async append(lines: readonly LogLine[], stream: LogStreamName): Promise<void> {
    const time = new Date();
    this.#lastLines.push(lines.map(({ text }) => text)); // first: they may say why there is no room in the file
    await this.#file.append(lines, stream, time);
    await this.#onLines(lines, this.host, stream, time);
  }

  /** From the first line on; waits for more until the end. */
  read(): AsyncGenerator<LogEvent, void, undefined> {
    return this.#file.read();
  }

  /** Says that nothing more comes. */
  async end(): Promise<void> {
    await this.#file.end();
  }
}
