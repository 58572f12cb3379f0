import type { ObjectFailure, ObjectTransformedEvent, TransformJob } from 'sagemaker-pipe-mode/serving';

import { counted } from '../counted.js';
import { printableLine } from '../printable.js';
import { formatDuration, formatProgress, formatRate } from './format.js';
import { Reporter } from './reporter.js';

/** How often a line for programs says how far it is, in milliseconds. */
const PROGRESS_MS = 1000;

/** What to show besides what the job says. */
export interface TransformViewOptions {
  readonly json: boolean;
  /** How many bytes there are to transform, as soon as that is known. */
  readonly totalBytes: () => number | undefined;
}

/** Shows a transform job: how far it is, what its servers write, and which objects have failed. */
export class TransformView {
  readonly #job: TransformJob;
  readonly #reporter: Reporter;
  readonly #totalBytes: TransformViewOptions['totalBytes'];
  readonly #began = performance.now();
  #toldAt = performance.now();

  constructor(job: TransformJob, { json, totalBytes }: TransformViewOptions) {
    this.#job = job;
    this.#totalBytes = totalBytes;
    const hasSeveral = job.describe().TransformResources.InstanceCount > 1;
    this.#reporter = new Reporter({ json, footer: () => this.#footer(), hostField: 'instance', hasSeveral });
    this.#reporter.report('status', { status: job.status });
    job.on('status', ({ status }) => this.#reporter.report('status', { status }));
    job.on('progress', () => this.#onProgress());
    job.on('object', (event) => this.#onObject(event));
    job.on('objectFailed', (failure) => this.#onFailure(failure));
    this.#reporter.follow(job.logs());
  }

  /** Tells the user something, on stderr. */
  tell(text: string): void {
    this.#reporter.tell(text);
  }

  /** Resolves when everything is shown, or nobody reads it any more. To be called when the job has ended. */
  async close(): Promise<void> {
    await this.#reporter.shown();
    if (this.#reporter.json) this.#reporter.report('total', { ...this.#job.progress });
    this.#reporter.close();
  }

  #onProgress(): void {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_MS || this.#reporter.isBehind) return;
    this.#toldAt = now;
    const totalBytes = this.#totalBytes();
    const total = totalBytes === undefined ? undefined : { totalBytes };
    this.#reporter.report('progress', { ...this.#job.progress, ...total });
  }

  /** On a terminal they are counted. */
  #onObject({ key, output, records, inputBytes, outputBytes }: ObjectTransformedEvent): void {
    this.#reporter.reportOneOf('objects', 'object', { key, output, records, inputBytes, outputBytes });
  }

  #onFailure(failure: ObjectFailure): void {
    const { key, record, originalStatusCode: status, attempts, message } = failure;
    const fields = {
      key,
      ...(record !== undefined && { record }),
      ...(status !== undefined && { status }),
      attempts,
      message,
    };
    this.#reporter.reportOneOf('failedObjects', 'objectFailed', fields, printableLine(message));
  }

  /** What matters most first, for a narrow terminal shows the beginning. */
  #footer(): string {
    const { status } = this.#job;
    const { objects, failedObjects, records, inputBytes, retries } = this.#job.progress;
    const elapsed = performance.now() - this.#began;
    const { TransformStartTime: started } = this.#job.describe();
    if (started === undefined) return [status, 'starting', formatDuration(elapsed)].join(' · ');
    const perSecond = (inputBytes * 1000) / Math.max(Date.now() - started.getTime(), 1);
    return [
      status,
      formatProgress(inputBytes, this.#totalBytes()),
      formatRate(perSecond),
      counted(objects, 'object'),
      ...(failedObjects === 0 ? [] : [`${failedObjects.toLocaleString('en')} failed`]),
      counted(records, 'record'),
      ...(retries === 0 ? [] : [`${counted(retries, 'request')} sent again`]),
      formatDuration(elapsed),
    ].join(' · ');
  }
}
