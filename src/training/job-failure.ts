import { PipeModeError } from '../errors.js';
import type { Ending } from './ending.js';
import { tellFailure } from './failure-story.js';
import type { Evidence, JobEvidence } from './findings/finding.js';
import type { JobPlan } from './job-plan.js';
import type { HostLog } from '../logs/host-log.js';
import type { TrainingJobResult } from './result.js';
import { TrainingJobError } from './training-job-error.js';

/** What is known of a job that has ended. */
interface EndedJob {
  readonly plan: JobPlan;
  /** `undefined` if the algorithm has ended by itself. */
  readonly ending: Ending | undefined;
  /** No hosts if the algorithm was never started. */
  readonly evidence: JobEvidence;
  /** The host that has decided how it ended. */
  readonly decisive: string;
  readonly result: TrainingJobResult;
  readonly failureReason: string | undefined;
  /** Of all hosts, that one first. */
  readonly logs: readonly HostLog[];
  readonly channels: readonly string[];
  readonly waits: readonly string[];
}

/** What `finished()` rejects with; `undefined` for a job that has ended as it should. */
export function jobFailure(job: EndedJob): PipeModeError | undefined {
  const { ending, evidence, decisive } = job;
  if (ending?.kind === 'stop' || ending?.kind === 'disposal') return undefined;
  const host = evidence.hosts.find(({ host: name }) => name === decisive) ?? evidence.hosts[0];
  if (ending === undefined && host?.exit.code === 0) return undefined;
  return host === undefined ? beforeStart(job) : afterStart(job, host);
}

/** There is nothing to tell of an algorithm that has not run. */
function beforeStart({ plan, ending }: EndedJob): PipeModeError {
  const { TrainingJobName: name, StoppingCondition: limits } = plan.request;
  const before = `Training job "${name}" was stopped before its algorithm was started`;
  switch (ending?.kind) {
    case 'failure':
      return asOurs(ending.error);
    case 'abort':
      return new PipeModeError('ABORTED', `${before}, because its signal was aborted.`, {
        cause: ending.reason,
      });
    default: {
      const limit = limitOf(ending);
      const why = `${limit}, ${limits[limit]}, were over while its data was fetched.`;
      return new PipeModeError('TRAINING_JOB_TIMED_OUT', `${before}: ${why}`);
    }
  }
}

function asOurs(error: Error): PipeModeError {
  if (error instanceof PipeModeError) return error;
  const message = `The training job could not be started: ${error.message}`;
  return new PipeModeError('TRAINING_JOB_FAILED', message, { cause: error });
}

function afterStart(job: EndedJob, evidence: Evidence): TrainingJobError {
  const { plan, ending, result, logs } = job;
  const { TrainingJobName: jobName } = plan.request;
  const cause =
    ending?.kind === 'failure' ? ending.error : ending?.kind === 'abort' ? ending.reason : undefined;
  const message = tellFailure({
    name: jobName,
    what: whatHappened(job, evidence),
    exit: evidence.exit,
    failure: evidence.failure,
    logs,
    channels: job.channels,
    waits: job.waits,
    findings: result.findings,
    keepsLogs: plan.options.directory !== undefined,
  });
  return new TrainingJobError(codeOf(ending), message, {
    jobName,
    failureReason: job.failureReason,
    lastLines: logs[0]!.lastLines,
    result,
    cause,
    channel: cause instanceof PipeModeError ? cause.channel : undefined,
  });
}

function codeOf(ending: Ending | undefined) {
  if (ending?.kind === 'abort') return 'ABORTED';
  const isTimeout = ['timeout', 'waitTimeout', 'stall'].includes(ending?.kind ?? '');
  return isTimeout ? 'TRAINING_JOB_TIMED_OUT' : 'TRAINING_JOB_FAILED';
}

function limitOf(ending: Ending | undefined) {
  return ending?.kind === 'waitTimeout' ? 'MaxWaitTimeInSeconds' : 'MaxRuntimeInSeconds';
}

function whatHappened({ plan, ending, evidence }: EndedJob, { exit, host, endedByItself }: Evidence): string {
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  const where = evidence.hosts.length > 1 ? ` on ${host}` : '';
  switch (ending?.kind) {
    case 'failure':
      if (exit.code === null && exit.signal === null) return `has failed: ${ending.error.message}`;
      return exit.signal === 'SIGKILL' && !endedByItself
        ? `has failed, and its algorithm was killed: ${ending.error.message}`
        : `has failed after its algorithm ended ${how}: ${ending.error.message}`;
    case 'abort':
      return `was stopped, because its signal was aborted; its algorithm ended ${how}.`;
    case 'timeout':
    case 'waitTimeout': {
      const limit = limitOf(ending);
      const seconds = plan.request.StoppingCondition[limit];
      return `was stopped, because it ran longer than ${limit}, ${seconds}; its algorithm ended ${how}.`;
    }
    case 'stall': {
      const { stallTimeoutMs } = plan.options;
      return `was killed, because nothing in it had moved for ${(ending.ms / 1000).toFixed(1)} s (stallTimeoutMs: ${stallTimeoutMs}).`;
    }
    default:
      return `has failed: its algorithm ended ${how}${where}.`;
  }
}
