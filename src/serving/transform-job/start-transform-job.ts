import { asyncDispose } from '../../disposal.js';
import type { TransformRequest } from '../../sagemaker/transform-request.js';
import type { TransformJobOptions } from './options.js';
import type { TransformJobResult } from './result.js';
import { TransformJob } from './transform-job.js';
import { planTransform } from './transform-plan.js';

/**
 * Starts a batch transform on this machine: starts servers as {@link startEndpoint} does, sends them every object of the input,
 * in payloads, and writes what they answer, in order, into one output for each object. What is wrong with the request is found
 * before anything is done.
 *
 * @param request - in the shape of AWS's `CreateTransformJob`; what only the cloud needs may be left out
 * @param options - the model, what to run, and what the request cannot say
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`; `INVALID_OPTION`, `UNKNOWN_OPTION`. Everything else is for
 * {@link TransformJob.finished} to throw.
 *
 * @example
 * ```ts
 * import { startTransformJob } from 'sagemaker-pipe-mode/serving';
 *
 * // Yours: ['python3', 'serve.py']. This one answers with what it is asked.
 * const server = `require('node:http').createServer((request, response) => request.pipe(response)).listen(8080)`;
 *
 * await using job = startTransformJob(
 *   {
 *     TransformInput: {
 *       DataSource: { S3DataSource: { S3Uri: './data/training' } },
 *       ContentType: 'text/csv',
 *       SplitType: 'Line',
 *     },
 *     TransformOutput: { S3OutputPath: './answers', AssembleWith: 'Line' },
 *   },
 *   { command: ['node', '-e', server, '--'] },
 * );
 * job.on('object', ({ key, output, records }) => console.log(key, output, records));
 * await job.finished();
 * ```
 */
export function startTransformJob(request: TransformRequest, options: TransformJobOptions): TransformJob {
  return new TransformJob(planTransform(request, options));
}

/**
 * Runs a batch transform on this machine to its end, as {@link startTransformJob} starts it. Nothing of it is left then but its
 * outputs, and the caller's own directory (`options.directory`).
 *
 * @throws {@link PipeModeError} what {@link startTransformJob} and {@link TransformJob.finished} throw
 *
 * @example
 * ```ts
 * import { runTransformJob } from 'sagemaker-pipe-mode/serving';
 *
 * const server = `require('node:http').createServer((request, response) => request.pipe(response)).listen(8080)`;
 * const { objects } = await runTransformJob(
 *   {
 *     TransformInput: { DataSource: { S3DataSource: { S3Uri: './data/training' } }, SplitType: 'Line' },
 *     TransformOutput: { S3OutputPath: './answers' },
 *   },
 *   { command: ['node', '-e', server, '--'] },
 * );
 * console.log(objects);
 * ```
 */
export async function runTransformJob(
  request: TransformRequest,
  options: TransformJobOptions,
): Promise<TransformJobResult> {
  const job = startTransformJob(request, options);
  try {
    return await job.finished();
  } finally {
    await job[asyncDispose]();
  }
}
