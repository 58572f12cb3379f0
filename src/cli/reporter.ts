import { createView, jsonLine } from './create-view.js';
import type { EventFields } from './event-view.js';
import type { Feed } from './feed.js';
import { formatRecord } from './format.js';
import { outputs } from './outputs.js';
import type { View } from './view.js';

/** A line that a program has written. */
interface Line {
  readonly host: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What to report of, and how. */
export interface ReporterOptions {
  /** Report as JSON. */
  readonly json: boolean;
  /** Default: none. */
  readonly feeds?: readonly Feed[];
  /** The last line on a terminal. */
  readonly footer: () => string;
  /** What events call those that write lines. */
  readonly hostField: 'host' | 'instance';
  /** Whether there are several of them: lines begin with their names then. */
  readonly hasSeveral: boolean;
}

/**
 * Shows what programs write and what becomes of them. On a terminal that is text, with lines at the bottom that are kept up to
 * date. Of what goes to a file or a pipe the programs' own output is on stdout and stderr, and everything else, in records, on
 * stderr; as JSON all of it is on stdout.
 */
export class Reporter {
  readonly json: boolean;
  readonly #view: View;
  readonly #hostField: ReporterOptions['hostField'];
  readonly #hasSeveral: boolean;
  /** How many events have no line, because whoever reads them is slow. */
  readonly #untold = new Map<string, number>();
  #shown: Promise<void> = Promise.resolve();

  constructor({ json, feeds = [], footer, hostField, hasSeveral }: ReporterOptions) {
    this.json = json;
    this.#hostField = hostField;
    this.#hasSeveral = hasSeveral;
    this.#view = createView(feeds, { json, output: json ? process.stdout : process.stderr, footer });
  }

  /** Whether whoever reads the events is far behind. */
  get isBehind(): boolean {
    return outputs[this.json ? 'stdout' : 'stderr'].isBehind;
  }

  /** An event. @param text - the same for people; without it there is nothing for them to see */
  report(event: string, fields: EventFields, text?: string): void {
    if (this.json) outputs.stdout.writeLine(jsonLine(event, fields));
    else if (this.#view.showLine === undefined) outputs.stderr.writeLine(formatRecord(event, fields));
    else if (text !== undefined) this.#view.tell(text);
  }

  /**
   * One of many. If whoever reads them is far behind, it is only counted.
   *
   * @param many - what several of them are called, as in `invocations`
   */
  reportOneOf(many: string, event: string, fields: EventFields, text?: string): void {
    if (this.isBehind) {
      this.#untold.set(many, (this.#untold.get(many) ?? 0) + 1);
      return;
    }
    this.#reportUntold();
    this.report(event, fields, text);
  }

  /** Tells the user something, on stderr. */
  tell(text: string): void {
    this.#view.tell(text);
  }

  /** Shows what is written, from log files: whoever reads our output slowly holds nothing up. */
  follow(lines: AsyncIterable<Line>): void {
    this.#shown = this.#show(lines);
    this.#shown.catch(() => undefined); // shown() tells, and the programs go on until then
  }

  /** Resolves when everything is shown that is written, or nobody reads it any more. */
  async shown(): Promise<void> {
    await this.#shown;
    this.#reportUntold();
  }

  /** Nothing more is shown. */
  close(): void {
    this.#view.close();
  }

  #reportUntold(): void {
    for (const [many, count] of this.#untold) this.report('untold', { [many]: count });
    this.#untold.clear();
  }

  async #show(lines: AsyncIterable<Line>): Promise<void> {
    for await (const line of lines) {
      if (!outputs.stdout.isRead && (this.json || !outputs.stderr.isRead)) return;
      this.#showLine(line);
      await outputs[this.json ? 'stdout' : line.stream].hasRoom();
    }
  }

  #showLine({ host, stream, text }: Line): void {
    if (this.json) {
      this.report('log', { [this.#hostField]: host, stream, text });
      return;
    }
    const line = this.#hasSeveral ? `[${host}] ${text}` : text;
    if (this.#view.showLine !== undefined) this.#view.showLine(line, stream);
    else outputs[stream].writeLine(line);
  }
}
