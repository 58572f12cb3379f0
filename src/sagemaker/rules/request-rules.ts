import type { RequestProblem } from '../../errors.js';
import { imageOrName } from './algorithm.js';
import { distinctChannels, distinctPaths } from './channel-names.js';
import { eachChannel, someSource } from './channels.js';
import {
  allInGroupsOrNone,
  distinctGroups,
  instancesOrGroups,
  knownGroups,
  someInstance,
} from './instances.js';
import { requiredOfServers, serverless } from './job-kind.js';
import { profilingInterval } from './profiler.js';
import type { RequestDraft, RequestRule, RuleContext } from './rule.js';
import { distinctTags } from './tags.js';
import { maxRuntime, spotWait } from './time-limits.js';

const RULES: readonly RequestRule[] = [
  imageOrName,
  distinctChannels,
  distinctPaths,
  someSource,
  eachChannel,
  serverless,
  requiredOfServers,
  instancesOrGroups,
  someInstance,
  distinctGroups,
  knownGroups,
  allInGroupsOrNone,
  maxRuntime,
  spotWait,
  distinctTags,
  profilingInterval,
];

/** What is wrong with a request, although each of its members is what it has to be. */
export function* checkRequest(request: RequestDraft, context: RuleContext): Iterable<RequestProblem> {
  for (const rule of RULES) yield* rule(request, context);
}
