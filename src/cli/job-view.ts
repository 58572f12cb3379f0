import type { StatusEvent, TrainingJob } from 'sagemaker-pipe-mode/training';

import type { Feed } from './feed.js';
import { formatDuration } from './format.js';
import { Reporter } from './reporter.js';

/** Shows a training job: its channels, what its algorithm writes, its metrics and its status. */
export class JobView {
  readonly #job: TrainingJob;
  readonly #reporter: Reporter;
  readonly #metrics = new Map<string, number>();
  readonly #began = performance.now();

  constructor(job: TrainingJob, { json }: { readonly json: boolean }) {
    this.#job = job;
    const hasSeveral = job.hosts.length > 1;
    const feeds: Feed[] = job.channels.map(({ host, ...feed }) => (hasSeveral ? { host, ...feed } : feed));
    const footer = () => this.#footer();
    this.#reporter = new Reporter({ json, feeds, footer, hostField: 'host', hasSeveral });
    job.on('status', (event) => this.#onStatus(event));
    job.on('metric', ({ name, value, host }) => {
      this.#metrics.set(name, value);
      if (json) this.#reporter.reportOneOf('metrics', 'metric', { host, name, value });
    });
    this.#reporter.follow(job.logs());
  }

  /** Tells the user something, on stderr. */
  tell(text: string): void {
    this.#reporter.tell(text);
  }

  /**
   * Resolves when everything is shown that the algorithm has written, or nobody reads it any more. To be called when the job
   * has ended.
   */
  async close(): Promise<void> {
    await this.#reporter.shown();
    this.#reporter.close();
  }

  #onStatus({ status, secondaryStatus, message }: StatusEvent): void {
    const fields = this.#reporter.json
      ? { status, secondaryStatus, message }
      : { status: secondaryStatus, message };
    this.#reporter.report('status', fields);
  }

  #footer(): string {
    const metrics = [...this.#metrics].map(([name, value]) => `${name} = ${value}`);
    const status = this.#job.describe().SecondaryStatus;
    return [status, formatDuration(performance.now() - this.#began), ...metrics].join(' · ');
  }
}
