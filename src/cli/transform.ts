import { fileSource, s3Source } from 'sagemaker-pipe-mode';
import type { CommonTransformJobOptions, TransformJob } from 'sagemaker-pipe-mode/serving';

import { isS3 } from '../options/s3-form.js';
import { inheritedEnvironment } from '../runner/inherited-environment.js';
import { directoryOf } from './document.js';
import { failureText } from './failure-text.js';
import { findingsOf } from './job-summary.js';
import { listedBytes } from './listed-bytes.js';
import { s3Of } from './options.js';
import type { TransformFlags } from './serving-options.js';
import { EndingSignals } from './signals.js';
import { stopBySignals } from './stop-by-signals.js';
import { tell } from './tell.js';
import { readTransformRequest } from './transform-request.js';
import { transformSummary } from './transform-summary.js';
import { TransformView } from './transform-view.js';
import { whatToRun } from './what-to-run.js';

const FAILED = 1;

/** Runs the batch transform of a document. Resolves with the exit status. */
export async function transform(
  file: string,
  flags: TransformFlags,
  program: readonly string[] | undefined,
): Promise<number> {
  const { startTransformJob, TransformJobError } = await import('sagemaker-pipe-mode/serving');
  const { request, image, model, env } = await readTransformRequest(file, flags);
  const running = whatToRun('serve', program, flags, image);
  using signals = new EndingSignals();
  await using job = startTransformJob(request, {
    ...('command' in running ? running : { image: (flags.image ?? image)! }),
    model,
    env: 'command' in running ? { ...inheritedEnvironment(), ...env } : env,
    baseDir: directoryOf(file),
    ...optionsOf(flags),
  });
  const size = new InputSize(job, flags);
  const view = new TransformView(job, { json: flags.json === true, totalBytes: () => size.bytes });
  const stopped = stopBySignals(job, 'the transform job', {
    signals,
    tell: (text) => view.tell(text),
  });
  try {
    const result = await job.finished();
    await view.close();
    tell(transformSummary(job, result));
    return stopped.status ?? 0;
  } catch (error) {
    await view.close();
    if (!(error instanceof TransformJobError)) throw error;
    tell(failureText(error, { debug: flags.debug }));
    tell(findingsOf(error.result.findings).join('\n'));
    return stopped.status ?? FAILED;
  } finally {
    size.end();
  }
}

function optionsOf(flags: TransformFlags): CommonTransformJobOptions {
  return {
    directory: flags.directory,
    startupTimeoutMs: flags.startupTimeout,
    stopGraceMs: flags.stopGrace,
    limits: { connectTimeoutMs: flags.connectTimeout, pingTimeoutMs: flags.pingTimeout },
    s3: s3Of(flags),
  };
}

/** How many bytes there are to transform, if a listing says so: not what is compressed, or in a manifest. For people only. */
class InputSize {
  #bytes: number | undefined;
  readonly #ending = new AbortController();

  constructor(job: TransformJob, flags: TransformFlags) {
    job.once('status', () => this.end());
    const { CompressionType, DataSource } = job.describe().TransformInput;
    const { S3DataType, S3Uri } = DataSource.S3DataSource;
    if (S3DataType !== 'S3Prefix' || CompressionType !== 'None') return;
    const source = isS3(S3Uri) ? s3Source(S3Uri, { s3: s3Of(flags) }) : fileSource(S3Uri);
    listedBytes(source, { signal: this.#ending.signal })
      .then((bytes) => (this.#bytes = bytes))
      .catch(() => undefined) // what is wrong with it is the job's to tell
      .finally(() => void source.close?.());
  }

  get bytes(): number | undefined {
    return this.#bytes;
  }

  end(): void {
    this.#ending.abort();
  }
}
