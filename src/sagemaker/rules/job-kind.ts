import { missing, refused } from '../problems.js';
import type { RequestRule } from './rule.js';

/** What is run in AWS only. */
export const serverless: RequestRule = function* ({ ServerlessJobConfig: config }) {
  if (config === undefined) return;
  const reason = "AWS's own recipes for foundation models cannot be run here. Leave it out.";
  yield refused('ServerlessJobConfig', config, reason);
};

/**
 * The model requires these no longer, because a serverless job has none of them. Every other job needs them: they were
 * required until there were such jobs.
 */
export const requiredOfServers: RequestRule = function* (request, { strict }) {
  if (!strict || request.ServerlessJobConfig !== undefined) return;
  for (const member of ['AlgorithmSpecification', 'ResourceConfig', 'StoppingCondition'] as const)
    if (request[member] === undefined) yield missing(member);
};
