import { debugTo } from '../../debug.js';
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
import type { Finding, JobEvidence, JobLook, Look } from './finding.js';
import { gaveUpWaiting } from './gave-up-waiting.js';
import { hyperparameterIsAString } from './hyperparameter-is-a-string.js';
import { inputWritten } from './input-written.js';
import { localhostBetweenHosts } from './localhost-between-hosts.js';
import { metricNeverMatched } from './metric-never-matched.js';
import { metricTooSlow } from './metric-too-slow.js';
import { noFailureFile } from './no-failure-file.js';
import { notCollected } from './not-collected.js';
import { sigtermIgnored } from './sigterm-ignored.js';
import { sigtermNotPassedOn } from './sigterm-not-passed-on.js';
import { stalled } from './stalled.js';
import { unknownHost } from './unknown-host.js';

const debug = debugTo('training');

const LOOKS: readonly Look[] = [
  exitZeroWithFailureFile,
  noFailureFile,
  failureFileTooLong,
  sigtermIgnored,
  sigtermNotPassedOn,
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
  const ofHosts = job.hosts.flatMap((host) => LOOKS.flatMap((look) => seenBy(look, host)));
  return [...ofHosts, ...JOB_LOOKS.flatMap((look) => seenBy(look, job))];
}

/** A look that fails finds nothing: the job has ended all the same. What an algorithm leaves may be anything. */
function seenBy<Of>(look: (evidence: Of) => Iterable<Finding>, evidence: Of): readonly Finding[] {
  try {
    return [...look(evidence)];
  } catch (error) {
    debug('a look for findings has failed (%s): %s', look.name, error);
    return [];
  }
}
