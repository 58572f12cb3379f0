import type { LogEvent, StatusEvent, TrainingJob } from 'sagemaker-pipe-mode/training';

import { createView, jsonLine } from './create-view.js';
import type { Feed } from './feed.js';
import { formatDuration, formatRecord } from './format.js';
import type { EventFields } from './event-view.js';
import { outputs } from './outputs.js';
import type { View } from './view.js';

/**
 * Shows a training job: its channels, what its algorithm writes, its metrics and its status. Of what goes to a file or a
 * pipe the algorithm's own output is on stdout and stderr, and everything else on stderr; as JSON all of it is on stdout.
 */
export class JobView {
  readonly #job: TrainingJob;
  readonly #json: boolean;
  readonly #hasSeveral: boolean;
  readonly #view: View;
  readonly #metrics = new Map<string, number>();
  readonly #began = performance.now();
  /** Settles when all that the algorithm has written is shown. */
  readonly #shown: Promise<void>;

  constructor(job: TrainingJob, { json }: { readonly json: boolean }) {
    this.#job = job;
    this.#json = json;
    const { channels } = job;
    this.#hasSeveral = job.hosts.length > 1;
    const feeds: Feed[] = channels.map(({ host, ...feed }) => (this.#hasSeveral ? { host, ...feed } : feed));
    const output = json ? process.stdout : process.stderr;
    this.#view = createView(feeds, { json, output, footer: () => this.#footer() });
    job.on('status', (event) => this.#onStatus(event));
    job.on('metric', ({ name, value, host }) => {
      this.#metrics.set(name, value);
      if (json) this.#print('metric', { host, name, value });
    });
    this.#shown = this.#showLogs();
    this.#shown.catch(() => undefined); // close() tells, and the job goes on until then
  }

  /** Tells the user something, on stderr. */
  tell(text: string): void {
    this.#view.tell(text);
  }

  /**
   * Resolves when everything is shown that the algorithm has written, or nobody reads it any more. To be called when the job
   * has ended.
   */
  async close(): Promise<void> {
    await this.#shown;
    this.#view.close();
  }

  #onStatus({ status, secondaryStatus, message }: StatusEvent): void {
    if (this.#json) this.#print('status', { status, secondaryStatus, message });
    else if (this.#view.showLine === undefined)
      this.#view.tell(formatRecord('status', { status: secondaryStatus, message }));
  }

  /** From the log file: whoever reads our output slowly holds nothing up. */
  async #showLogs(): Promise<void> {
    for await (const event of this.#job.logs()) {
      if (!outputs.stdout.isRead && (this.#json || !outputs.stderr.isRead)) return;
      this.#showLine(event);
      await outputs[this.#json ? 'stdout' : event.stream].hasRoom();
    }
  }

  #showLine({ host, stream, text }: LogEvent): void {
    if (this.#json) {
      this.#print('log', { host, stream, text });
      return;
    }
    const line = this.#hasSeveral ? `[${host}] ${text}` : text;
    if (this.#view.showLine !== undefined) this.#view.showLine(line, stream);
    else outputs[stream].writeLine(line);
  }

  #print(event: string, fields: EventFields): void {
    outputs.stdout.writeLine(jsonLine(event, fields));
  }

  #footer(): string {
    const metrics = [...this.#metrics].map(([name, value]) => `${name} = ${value}`);
    const status = this.#job.describe().SecondaryStatus;
    return [status, formatDuration(performance.now() - this.#began), ...metrics].join(' · ');
  }
}
