import type { Finding, TrainingJob, TrainingJobResult } from 'sagemaker-pipe-mode/training';

import { counted } from '../counted.js';
import { printableLine } from '../printable.js';
import { formatDuration } from './format.js';

/** More files than these are not listed. */
const MOST_FILES = 5;

/** What became of a job that has ended as it should, or was stopped. */
export function summaryOf(job: TrainingJob, result: TrainingJobResult): string {
  return [
    `Training job "${job.name}": ${result.secondaryStatus}, after ${formatDuration(durationOf(job))}`,
    ...filesOf('model', result.model.list(), result.uploaded.model),
    ...filesOf('output', result.output.list(), result.uploaded.output),
    ...metricsOf(result),
    ...findingsOf(result.findings),
  ]
    .map(printableLine)
    .join('\n');
}

/** In milliseconds; 0 for a job that was stopped before it began. */
function durationOf(job: TrainingJob): number {
  const { TrainingStartTime: start, TrainingEndTime: end } = job.describe();
  return start === undefined || end === undefined ? 0 : end.getTime() - start.getTime();
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
  return [`  ${what}: ${counted(names.length, 'file')} (${shown}${more})${to}`];
}

function metricsOf({ metrics }: TrainingJobResult): string[] {
  return metrics.map(({ name, last, count }) =>
    last === undefined
      ? `  metric ${name}: no value`
      : `  metric ${name}: ${last.value} (the last of ${counted(count, 'value')})`,
  );
}
