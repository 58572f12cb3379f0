import { PipeModeError } from 'sagemaker-pipe-mode';

import type { Problem } from '../problem.js';
import type { ChannelRecord, Settled } from '../record.js';
import type { ChannelPlan, FaultPlan } from '../scenario.js';

/** How `start()`, `finished()` and `stop()` ended, and the state that the channel is in. */
export function checkOutcome(plan: ChannelPlan, record: ChannelRecord): Problem[] {
  const problems: Problem[] = [];
  const wrong = (rule: string, detail: string) => problems.push({ rule, detail });
  const { start, finished, stats, stops, events } = record;
  for (const each of [start, finished]) {
    if (each === start && record.stoppedByPlan && isInvalidState(each)) continue; // it was stopped before
    const problem = each && problemOf(each, plan, record);
    if (problem) wrong(problem.rule, `${each === start ? 'start()' : 'finished()'} ${problem.detail}`);
  }
  for (const each of stops) if (!each.ok) wrong('stop', `stop() rejected with ${String(each.error)}`);
  if (stats?.waitingFor !== 'nobody') wrong('state', `waits for ${stats?.waitingFor} after stop()`);
  const stopped = events.find(({ name }) => name === 'stop');
  if (stopped && (record.stopAskedAt === undefined || stopped.at < record.stopAskedAt)) wrong('end', 'stopped, and nobody had asked for it'); // prettier-ignore
  const ends = events.filter((it) => it.name === 'epochEnd');
  const bytes = ends.reduce((sum, { event }) => sum + event.bytes, 0);
  if (stats?.state === 'finished') {
    const epochs = plan.inputMode === 'Pipe' ? plan.epochs : 1;
    if (ends.length !== epochs) wrong('state', `finished after ${ends.length} of ${epochs} epochs`);
    if (stats.bytes !== bytes) wrong('state', `stats() counts ${stats.bytes} bytes, epochEnd ${bytes}`);
    if (finished?.ok === false)
      wrong('state', `finished, and finished() rejects with ${String(finished.error)}`);
  }
  const hasFailed = stats?.state === 'failed';
  if (hasFailed && finished?.ok !== false) wrong('state', 'failed, and finished() resolves');
  if (hasFailed && plan.watch !== 'finished' && !events.some(({ name }) => name === 'error')) wrong('events', 'failed without an error event'); // prettier-ignore
  if (record.listenersLeft > 0) wrong('leftovers', `${record.listenersLeft} listeners of the signal`);
  return problems;
}

function isInvalidState(settled: Settled | undefined): boolean {
  return settled?.ok === false && (settled.error as PipeModeError).code === 'INVALID_STATE';
}

function problemOf(settled: Settled, plan: ChannelPlan, record: ChannelRecord): Problem | undefined {
  if (settled.ok) return undefined;
  const { error } = settled;
  if (!(error instanceof PipeModeError))
    return {
      rule: 'failure',
      detail: `rejected with ${error instanceof Error ? error.stack : String(error)}`,
    };
  const { code } = error;
  if (code === 'ABORTED' && record.stopAskedAt !== undefined) {
    return record.stoppedByPlan
      ? undefined
      : { rule: 'failure:ABORTED', detail: 'rejected, and nobody had stopped it' };
  }
  if (plan.fault && mayFailWith(plan.fault, plan.gunzip).some((it) => it.test(code))) return undefined;
  return { rule: `failure:${code}`, detail: `rejected: ${error.message}` };
}

function mayFailWith(fault: FaultPlan, isCompressed: boolean): RegExp[] {
  switch (fault.kind) {
    case 'throws':
    case 'hangs':
      return [/^SOURCE_FAILED$/];
    case 'transformThrows':
      return [/^TRANSFORM_FAILED$/];
    case 'wrongSize':
      return [/^SOURCE_SIZE_MISMATCH$/];
    case 'corruptGzip':
      return [/^GZIP_/];
    case 'change':
    case 'newVersion':
      return [/^SOURCE_(CHANGED|VANISHED|SHRANK|GREW|NOT_FOUND|EMPTY)$/, ...(isCompressed ? [/^GZIP_/] : [])];
    case 'server':
      return isTransient(fault) ? [] : [/^S3_/, /^SOURCE_CHANGED$/, /^MANIFEST_/];
  }
}

/** What is tried again until it succeeds; a server that lies is not. */
function isTransient({ fault, times }: Extract<FaultPlan, { kind: 'server' }>): boolean {
  return times <= 2 && ['reset', 'close', 500].includes(fault);
}
