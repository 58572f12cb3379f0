import { DOCUMENTATION } from './documentation.js';
import type { JobLook } from './finding.js';

/** A job that waits in the cloud until its time is up, and is paid for. One that went on by itself is none. */
export const stalled: JobLook = function* ({ stall }) {
  if (stall === undefined) return;
  const waits = stall.waits.length === 0 ? 'Nobody can tell what it waited for' : stall.waits.join('. ');
  yield {
    id: 'stalled',
    seen: `Nothing had moved for ${(stall.ms / 1000).toFixed(1)} s when the job ended. ${waits}.`,
    rule: 'SageMaker does not notice either: such a job runs, and costs, until MaxRuntimeInSeconds is over.',
    documentation: DOCUMENTATION.trainingData,
  };
};
