import { PipeModeError } from '../errors.js';
import type { Ending } from './ending.js';
import { tellFailure } from './failure-story.js';
import type { Evidence } from './findings/finding.js';
import type { JobPlan } from './job-plan.js';
import type { TrainingJobResult } from './result.js';
import { TrainingJobError } from './training-job-error.js';

/** What is known of a job that has ended. */
interface EndedJob {
  readonly plan: JobPlan;
  /** `undefined` if the algorithm has ended by itself. */
  readonly ending: Ending | undefined;
  /** `undefined` if the algorithm was never started. */
  readonly evidence: Evidence | undefined;
  readonly result: TrainingJobResult;
  readonly failureReason: string | undefined;
  readonly lastLines: readonly string[];
  readonly channels: readonly string[];
  readonly waits: readonly string[];
}

/** What `finished()` rejects with; `undefined` for a job that has ended as it should. */
export function jobFailure(job: EndedJob): PipeModeError | undefined {
  const { ending, evidence } = job;
  if (ending?.kind === 'stop' || ending?.kind === 'disposal') return undefined;
  if (ending === undefined && evidence?.exit.code === 0) return undefined;
  return evidence === undefined ? beforeStart(job) : afterStart(job, evidence);
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
      const why = `MaxRuntimeInSeconds, ${limits.MaxRuntimeInSeconds}, were over while its data was fetched.`;
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
  const { plan, ending, result, lastLines } = job;
  const { TrainingJobName: jobName } = plan.request;
  const cause =
    ending?.kind === 'failure' ? ending.error : ending?.kind === 'abort' ? ending.reason : undefined;
  const message = tellFailure({
    name: jobName,
    what: whatHappened(job, evidence),
    exit: evidence.exit,
    failure: evidence.failure,
    host: evidence.host,
    lastLines,
    channels: job.channels,
    waits: job.waits,
    findings: result.findings,
    logFile: plan.options.directory === undefined ? undefined : result.logFile,
  });
  return new TrainingJobError(codeOf(ending), message, {
    jobName,
    failureReason: job.failureReason,
    lastLines,
    result,
    cause,
    channel: cause instanceof PipeModeError ? cause.channel : undefined,
  });
}

function codeOf(ending: Ending | undefined) {
  if (ending?.kind === 'abort') return 'ABORTED';
  return ending?.kind === 'timeout' ? 'TRAINING_JOB_TIMED_OUT' : 'TRAINING_JOB_FAILED';
}

function whatHappened({ plan, ending }: EndedJob, { exit }: Evidence): string {
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  switch (ending?.kind) {
    case 'failure':
      return `has failed, and its algorithm was killed: ${ending.error.message}`;
    case 'abort':
      return `was stopped, because its signal was aborted; its algorithm ended ${how}.`;
    case 'timeout': {
      const { MaxRuntimeInSeconds: seconds } = plan.request.StoppingCondition;
      return `was stopped, because it ran longer than MaxRuntimeInSeconds, ${seconds}; its algorithm ended ${how}.`;
    }
    default:
      return `has failed: its algorithm ended ${how}.`;
  }
}
