import type { ProgramExit } from '../../runner/runner.js';
import type { OptMl } from '../opt-ml/layout.js';
import type { FailureFile } from '../failure-file.js';
import type { MetricSummary } from '../metrics/metrics.js';

/** What passed here, or went wrong here, and would hurt in the cloud. */
export interface Finding {
  /** Stable, and made for programs. */
  readonly id: FindingId;
  /** What was seen: a sentence. */
  readonly seen: string;
  /** What the service does, or asks for, that it goes against. */
  readonly rule: string;
  /** Where that is documented: a URL. */
  readonly documentation: string;
}

/** Every kind of finding. */
export type FindingId =
  | 'exit-0-with-failure-file'
  | 'no-failure-file'
  | 'failure-file-too-long'
  | 'empty-model'
  | 'sigterm-ignored'
  | 'channel-never-opened'
  | 'metric-never-matched'
  | 'metric-too-slow'
  | 'input-written'
  | 'not-collected'
  | 'children-left-behind';

/** What is known of a host when its program has ended. Its files are still as it left them, and so are its channels. */
export interface Evidence {
  readonly host: string;
  readonly optMl: OptMl;
  readonly exit: ProgramExit;
  readonly failure: FailureFile | undefined;
  /** Whether the program ended by itself, and was not stopped or killed. */
  readonly endedByItself: boolean;
  /** For how long it was let run after SIGTERM before it was killed, in milliseconds; `undefined` if it did not come to that. */
  readonly ignoredSigtermMs: number | undefined;
  /** When the program was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly channels: readonly ChannelEvidence[];
}

/** What is known of a job when all its programs have ended. */
export interface JobEvidence {
  /** The hosts whose programs were started: one or more. */
  readonly hosts: readonly Evidence[];
  readonly metrics: readonly MetricSummary[];
}

/** What is known of a channel. */
export interface ChannelEvidence {
  readonly name: string;
  readonly inputMode: string;
  /** Whether anybody has opened one of its FIFOs. */
  readonly wasOpened: boolean;
}

/** Looks for one kind of thing on a host. */
export type Look = (evidence: Evidence) => Iterable<Finding>;

/** Looks for one kind of thing in a job as a whole. */
export type JobLook = (evidence: JobEvidence) => Iterable<Finding>;

/** Whether every program has ended by itself, and none has failed. */
export function hasSucceeded({ hosts }: JobEvidence): boolean {
  return hosts.every(({ exit, endedByItself }) => endedByItself && exit.code === 0);
}
