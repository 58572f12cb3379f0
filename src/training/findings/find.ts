import type { Finding } from '../../findings/finding.js';
import { findAll } from '../../findings/look.js';
import { channelNeverOpened } from './channel-never-opened.js';
import { channelNeverRead } from './channel-never-read.js';
import { childrenLeftBehind } from './children-left-behind.js';
import { emptyModel } from './empty-model.js';
import { epochLeftEarly } from './epoch-left-early.js';
import { epochNotRead } from './epoch-not-read.js';
import { epochOpenedAgain } from './epoch-opened-again.js';
import { epochOpenedOutOfOrder } from './epoch-opened-out-of-order.js';
import { exitZeroWithFailureFile } from './exit-zero-with-failure-file.js';
import { failureFileTooLong } from './failure-file-too-long.js';
import { fifoReadBySeveral } from './fifo-read-by-several.js';
import type { JobEvidence, JobLook, Look } from './finding.js';
import { gaveUpWaiting } from './gave-up-waiting.js';
import { hyperparameterIsAString } from './hyperparameter-is-a-string.js';
import { inputWritten } from './input-written.js';
import { localhostBetweenHosts } from './localhost-between-hosts.js';
import { metricNeverMatched } from './metric-never-matched.js';
import { metricTooSlow } from './metric-too-slow.js';
import { noFailureFile } from './no-failure-file.js';
import { notCollected } from './not-collected.js';
import { sigterm } from './sigterm.js';
import { stalled } from './stalled.js';
import { unknownHost } from './unknown-host.js';

const LOOKS: readonly Look[] = [
  exitZeroWithFailureFile,
  noFailureFile,
  failureFileTooLong,
  sigterm,
  epochOpenedOutOfOrder,
  epochOpenedAgain,
  gaveUpWaiting,
  fifoReadBySeveral,
  epochNotRead,
  epochLeftEarly,
  channelNeverOpened,
  channelNeverRead,
  hyperparameterIsAString,
  unknownHost,
  inputWritten,
  notCollected,
  childrenLeftBehind,
];

const JOB_LOOKS: readonly JobLook[] = [
  stalled,
  localhostBetweenHosts,
  emptyModel,
  metricNeverMatched,
  metricTooSlow,
];

/** Everything that is to be said of how a job has ended. */
export function findIn(job: JobEvidence): readonly Finding[] {
  return [...job.hosts.flatMap((host) => findAll(LOOKS, host)), ...findAll(JOB_LOOKS, job)];
}
