import { debugTo } from '../../debug.js';
import { isInteger } from '../../options/checks.js';
import { isProcessed, MOST_MB } from '../../sagemaker/rules/transform-rules.js';
import type { ResolvedTransformRequest } from '../../sagemaker/transform-request.js';
import type { Endpoint } from '../endpoint.js';

const debug = debugTo('serving');

/** Where a server may say how it wants to be asked (Developer Guide, Custom Inference Code with Batch Transform). */
const PATH = '/execution-parameters';
const LONGEST = 65_536;

/** How a job asks its servers. */
export interface ExecutionParameters {
  /** Requests to one instance at a time: 1 or more. */
  readonly MaxConcurrentTransforms: number;
  readonly BatchStrategy: 'MultiRecord' | 'SingleRecord';
  /** 0 if there is no bound. */
  readonly MaxPayloadInMB: number;
}

/**
 * Developer Guide, Custom Inference Code with Batch Transform; API reference, CreateTransformJob: "The default value is 6 MB",
 * "the default value is 1". The strategy is what jobs without one write into their logs.
 */
const DEFAULTS: ExecutionParameters = {
  MaxConcurrentTransforms: 1,
  BatchStrategy: 'MultiRecord',
  MaxPayloadInMB: 6,
};

/** What the request says, and of the rest what the server says, and of the rest the defaults. */
export async function executionParameters(
  request: ResolvedTransformRequest,
  endpoint: Endpoint,
): Promise<ExecutionParameters> {
  const given = givenParameters(request);
  const isComplete = Object.keys(DEFAULTS).every((name) => name in given);
  if (isComplete) return { ...DEFAULTS, ...given };
  const all = { ...DEFAULTS, ...(await serverParameters(request, endpoint)), ...given };
  const isTooMuch = all.MaxConcurrentTransforms * all.MaxPayloadInMB > MOST_MB;
  const { MaxConcurrentTransforms } = DEFAULTS;
  return isTooMuch ? { ...all, MaxConcurrentTransforms, ...given } : all;
}

/** API reference: "If MaxConcurrentTransforms is set to 0 or left unset", the server is asked. */
function givenParameters({
  MaxConcurrentTransforms: atOnce,
  BatchStrategy: strategy,
  MaxPayloadInMB: mb,
}: ResolvedTransformRequest): Partial<ExecutionParameters> {
  return {
    ...(atOnce === undefined || atOnce === 0 ? undefined : { MaxConcurrentTransforms: atOnce }),
    ...(strategy === undefined ? undefined : { BatchStrategy: strategy as 'MultiRecord' | 'SingleRecord' }),
    ...(mb === undefined ? undefined : { MaxPayloadInMB: mb }),
  };
}

/** What it does not say, or not rightly, counts as not said. */
async function serverParameters(
  request: ResolvedTransformRequest,
  endpoint: Endpoint,
): Promise<Partial<ExecutionParameters>> {
  try {
    const { status, text } = await endpoint.get(PATH, LONGEST);
    if (status !== 200) return {};
    return readParameters(
      JSON.parse(text) as Readonly<Record<string, unknown>>,
      isProcessed(request) ? 1 : 0,
    );
  } catch (error) {
    debug('%s: %s', PATH, error);
    return {};
  }
}

/** What the names of the strategies are there. */
const STRATEGIES = new Map<unknown, 'MultiRecord' | 'SingleRecord'>([
  ['MULTI_RECORD', 'MultiRecord'],
  ['SINGLE_RECORD', 'SingleRecord'],
]);

/** @param leastMb - what is processed cannot be passed on without a bound */
function readParameters(
  said: Readonly<Record<string, unknown>>,
  leastMb: number,
): Partial<ExecutionParameters> {
  const { MaxConcurrentTransforms: atOnce, BatchStrategy: strategy, MaxPayloadInMB: mb } = said;
  const known = STRATEGIES.get(strategy);
  return {
    ...(isInteger(atOnce, 1) ? { MaxConcurrentTransforms: atOnce } : undefined),
    ...(known === undefined ? undefined : { BatchStrategy: known }),
    ...(isInteger(mb, leastMb) && mb <= MOST_MB ? { MaxPayloadInMB: mb } : undefined),
  };
}
