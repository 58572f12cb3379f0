import { missing, refused, unexpected } from '../problems.js';
import type { RequestRule } from './rule.js';

/** 28 days. */
const MAX_RUNTIME_SECONDS = 28 * 24 * 60 * 60;

/** API reference, StoppingCondition, MaxRuntimeInSeconds: "The maximum value is 28 days." */
export const maxRuntime: RequestRule = function* ({ StoppingCondition: limits = {} }) {
  const { MaxRuntimeInSeconds: seconds } = limits;
  if (seconds === undefined || !(seconds > MAX_RUNTIME_SECONDS)) return;
  yield unexpected(
    'StoppingCondition.MaxRuntimeInSeconds',
    seconds,
    `at most ${MAX_RUNTIME_SECONDS}, which is 28 days`,
  );
};

/**
 * The service: "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
 * (Kenza-AI/sagify#111). API reference, StoppingCondition: "It must be equal to or greater than MaxRuntimeInSeconds."
 * Developer Guide, Managed Spot Training: "Set EnableManagedSpotTraining to True and specify the MaxWaitTimeInSeconds."
 */
export const spotWait: RequestRule = function* (request, { strict }) {
  const { EnableManagedSpotTraining: isSpot, StoppingCondition: limits = {} } = request;
  const { MaxWaitTimeInSeconds: wait, MaxRuntimeInSeconds: run } = limits;
  const path = 'StoppingCondition.MaxWaitTimeInSeconds';
  if (wait === undefined) {
    if (isSpot === true && strict) yield missing(path, 'Managed spot training waits no longer than this.');
    return;
  }
  if ([undefined, false].includes(isSpot)) {
    yield refused(
      path,
      wait,
      'it is only for managed spot training. Leave it out, or set EnableManagedSpotTraining.',
    );
  }
  if (run !== undefined && wait < run) {
    yield unexpected(path, wait, `at least MaxRuntimeInSeconds, which is ${run}`);
  }
};
