import type { LookAt } from '../../findings/look.js';
import type { ProcessInfo, ProgramExit } from '../../runner/runner.js';
import type { SharedFifo } from '../channels/fifo-readers.js';
import type { OptMl } from '../opt-ml/layout.js';
import type { FailureFile } from '../failure-file.js';
import type { ChannelSituation, HostSituation } from '../hang/situation.js';
import type { Stall } from '../hang/stall-watch.js';
import type { HostsByLocalhost } from '../hosts-by-localhost.js';
import type { MetricSummary } from '../metrics/metrics.js';

/** What is known of a host when its program has ended. Its files are still as it left them, and so are its channels. */
export interface Evidence {
  readonly host: string;
  /** All hosts of the job. */
  readonly hosts: readonly string[];
  /** Where its channels are, as the program sees it. */
  readonly data: string;
  readonly hyperParameters: Readonly<Record<string, string>>;
  /** The end of what it has written. */
  readonly lastLines: readonly string[];
  readonly optMl: OptMl;
  readonly exit: ProgramExit;
  readonly failure: FailureFile | undefined;
  /** Whether the program ended by itself, and was not stopped or killed. */
  readonly endedByItself: boolean;
  /** For how long it was let run after SIGTERM before it was killed, in milliseconds; `undefined` if it did not come to that. */
  readonly ignoredSigtermMs: number | undefined;
  /** What ran when it was told to stop, the program first, and ran still when it was killed. */
  readonly stopped: readonly ProcessInfo[];
  /** The FIFOs that several of its processes were seen to read. */
  readonly sharedFifos: readonly SharedFifo[];
  /** What it was waiting for, if it has hung. */
  readonly hang: HostSituation | undefined;
  /** When the program was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly channels: readonly ChannelEvidence[];
}

/** What is known of a job when all its programs have ended. */
export interface JobEvidence {
  /** The hosts whose programs were started: one or more. */
  readonly hosts: readonly Evidence[];
  readonly metrics: readonly MetricSummary[];
  /** There if nothing had moved for a while when it ended. */
  readonly stall: Stall | undefined;
  /** The hosts that were seen to talk to each other by way of 127.0.0.1. */
  readonly byLocalhost: readonly HostsByLocalhost[];
}

/** What is known of a channel. */
export interface ChannelEvidence extends ChannelSituation {
  /** Whether anybody has opened one of its FIFOs. */
  readonly wasOpened: boolean;
}

/** Looks for one kind of thing on a host. */
export type Look = LookAt<Evidence>;

/** Looks for one kind of thing in a job as a whole. */
export type JobLook = LookAt<JobEvidence>;

/** Whether the program of a host has ended by itself, and has not failed. */
export function hasEndedWell({ exit, endedByItself }: Evidence): boolean {
  return endedByItself && exit.code === 0;
}

/** Whether every program has ended by itself, and none has failed. */
export function hasSucceeded({ hosts }: JobEvidence): boolean {
  return hosts.every(hasEndedWell);
}
