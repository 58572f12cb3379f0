import { channelNeverOpened } from './channel-never-opened.js';
import { childrenLeftBehind } from './children-left-behind.js';
import { emptyModel } from './empty-model.js';
import { exitZeroWithFailureFile } from './exit-zero-with-failure-file.js';
import { failureFileTooLong } from './failure-file-too-long.js';
import type { Finding, JobEvidence, JobLook, Look } from './finding.js';
import { inputWritten } from './input-written.js';
import { metricNeverMatched } from './metric-never-matched.js';
import { metricTooSlow } from './metric-too-slow.js';
import { noFailureFile } from './no-failure-file.js';
import { notCollected } from './not-collected.js';
import { sigtermIgnored } from './sigterm-ignored.js';

const LOOKS: readonly Look[] = [
  exitZeroWithFailureFile,
  noFailureFile,
  failureFileTooLong,
  sigtermIgnored,
  channelNeverOpened,
  inputWritten,
  notCollected,
  childrenLeftBehind,
];

const JOB_LOOKS: readonly JobLook[] = [emptyModel, metricNeverMatched, metricTooSlow];

/** Everything that is to be said of how a job has ended. */
export function findIn(job: JobEvidence): readonly Finding[] {
  const ofHosts = job.hosts.flatMap((host) => LOOKS.flatMap((look) => [...look(host)]));
  return [...ofHosts, ...JOB_LOOKS.flatMap((look) => [...look(job)])];
}
