import type { Finding, TrainingJob, TrainingJobResult } from 'sagemaker-pipe-mode/training';

import { printableLine } from '../printable.js';
import { formatCount, formatDuration } from './format.js';

/** More files than these are not listed. */
const MOST_FILES = 5;

/** What became of a job that has ended as it should, or was stopped. */
export function summaryOf(job: TrainingJob, result: TrainingJobResult): string {
  const { TrainingTimeInSeconds: seconds = 0 } = job.describe();
  return [
    `Training job "${job.name}": ${result.secondaryStatus}, after ${formatDuration(seconds * 1000)}`,
    ...filesOf('model', result.model.list(), result.uploaded.model),
    ...filesOf('output', result.output.list(), result.uploaded.output),
    ...metricsOf(result),
    ...findingsOf(result.findings),
  ]
    .map(printableLine)
    .join('\n');
}

/** What was found, with the rule that it breaks and where that is documented. */
export function findingsOf(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['  findings: none'];
  const lines = findings.flatMap(({ id, seen, rule, documentation }) => [
    `    ${id}: ${seen}`,
    `      ${rule}`,
    `      ${documentation}`,
  ]);
  return [`  findings: ${findings.length}`, ...lines];
}

function filesOf(what: string, names: readonly string[], place: string | undefined): string[] {
  if (names.length === 0) return [`  ${what}: nothing`];
  const shown = names.slice(0, MOST_FILES).join(', ');
  const more = names.length > MOST_FILES ? ', …' : '';
  const to = place === undefined ? '' : ` → ${place}`;
  return [`  ${what}: ${formatCount(names.length, 'file')} (${shown}${more})${to}`];
}

function metricsOf({ metrics }: TrainingJobResult): string[] {
  return metrics.map(({ name, last, count }) =>
    last === undefined
      ? `  metric ${name}: no value`
      : `  metric ${name}: ${last.value} (the last of ${formatCount(count, 'value')})`,
  );
}
