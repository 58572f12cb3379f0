import { channelNeverOpened } from './channel-never-opened.js';
import { childrenLeftBehind } from './children-left-behind.js';
import { emptyModel } from './empty-model.js';
import { exitZeroWithFailureFile } from './exit-zero-with-failure-file.js';
import { failureFileTooLong } from './failure-file-too-long.js';
import type { Evidence, Finding, Look } from './finding.js';
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
  emptyModel,
  sigtermIgnored,
  channelNeverOpened,
  metricNeverMatched,
  metricTooSlow,
  inputWritten,
  notCollected,
  childrenLeftBehind,
];

/** Everything that is to be said of how a program has ended. */
export function findIn(evidence: Evidence): readonly Finding[] {
  return LOOKS.flatMap((look) => [...look(evidence)]);
}
