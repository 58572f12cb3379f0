import type { TransformJob, TransformJobResult } from 'sagemaker-pipe-mode/serving';

import { counted } from '../counted.js';
import { printableLine } from '../printable.js';
import { formatBytes, formatDuration } from './format.js';
import { findingsOf } from './job-summary.js';

/** What became of a job that has ended as it should, or was stopped. */
export function transformSummary(job: TransformJob, result: TransformJobResult): string {
  const { status, objects, failedObjects, records, inputBytes, outputBytes, requests, retries, output } =
    result;
  const again = retries === 0 ? '' : `, ${retries.toLocaleString('en')} of them again`;
  return [
    `Transform job "${job.name}": ${status}, after ${formatDuration(durationOf(job))}`,
    `  transformed: ${counted(objects, 'object')}, ${counted(records, 'record')}, ${formatBytes(inputBytes)}`,
    ...(failedObjects === 0 ? [] : [`  failed: ${counted(failedObjects, 'object')}`]),
    `  requests: ${requests.toLocaleString('en')}${again}`,
    `  output: ${formatBytes(outputBytes)} → ${output}`,
    ...findingsOf(result.findings),
  ]
    .map(printableLine)
    .join('\n');
}

/** In milliseconds, with the start of its servers. */
function durationOf(job: TransformJob): number {
  const { CreationTime: created, TransformEndTime: ended } = job.describe();
  return (ended ?? new Date()).getTime() - created.getTime();
}
