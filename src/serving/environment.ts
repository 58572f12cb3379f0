import { definedVariables } from '../runner/program-options.js';
import type { ResolvedEndpointRequest } from '../sagemaker/endpoint-request.js';
import { regionOf } from '../sagemaker/region.js';

/**
 * All of the environment of a server. What it has here without an endpoint, as an image brings it, then the request's
 * `Environment`, which may replace it.
 *
 * @param base - what an image would bring: `PATH` and so on
 */
export function serverEnvironment(
  { Environment }: ResolvedEndpointRequest,
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return { ...definedVariables(base), AWS_REGION: regionOf({ ...process.env, ...base }), ...Environment };
}

/** What the usual servers take their number of workers from: AWS's own examples, and sagemaker-inference-toolkit. */
const WORKERS = ['MODEL_SERVER_WORKERS', 'SAGEMAKER_MODEL_SERVER_WORKERS'];

/** How many workers a server is told to have; `undefined` if it is not told. */
export function workersIn(environment: Readonly<Record<string, string>>): number | undefined {
  const said = WORKERS.map((name) => environment[name]).find((value) => value !== undefined);
  return said !== undefined && /^[1-9]\d{0,4}$/.test(said) ? Number(said) : undefined;
}
