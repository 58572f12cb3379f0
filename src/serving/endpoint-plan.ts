import { containerRunner } from '../runner/container/container-runner.js';
import { processRunner } from '../runner/process-runner.js';
import type { Runner } from '../runner/runner.js';
import type { EndpointRequest, ResolvedEndpointRequest } from '../sagemaker/endpoint-request.js';
import { resolveEndpointRequest } from '../sagemaker/resolve-endpoint-request.js';
import { type EndpointOptions, readEndpointOptions, type ResolvedEndpointOptions } from './options.js';

/** Developer Guide, Custom Inference Code with Hosting Services: "during the first 8 minutes after startup". */
const STARTUP_MS = 8 * 60 * 1000;

/** Everything about an endpoint that is known before anything is done. */
export interface EndpointPlan {
  readonly request: ResolvedEndpointRequest;
  readonly options: ResolvedEndpointOptions;
  /** The program and its arguments, `serve` included; in a container the arguments only. */
  readonly command: readonly string[];
  /** What runs all instances. */
  readonly runner: Runner;
  /** Whether that is a container of its own. */
  readonly isContainer: boolean;
  /** Whether servers listen to the port 8080 of this machine. */
  readonly sharesPort: boolean;
  /** How long a server has until `/ping` answers 200, in milliseconds. */
  readonly startupTimeoutMs: number;
}

/**
 * Looks at all that was asked for.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function planEndpoint(given: EndpointRequest, givenOptions: EndpointOptions): EndpointPlan {
  const options = readEndpointOptions(givenOptions);
  const { command, image, isolation, baseDir } = options;
  const isContainer = command === undefined;
  const sharesPort = !isContainer && isolation === 'none';
  const hasCommand = !isContainer || image !== undefined;
  const request = resolveEndpointRequest(given, { hasCommand, sharesPort, baseDir });
  const { ContainerStartupHealthCheckTimeoutInSeconds: seconds } = request;
  return {
    request,
    options,
    command: [...(command ?? []), 'serve'],
    runner: endpointRunner(request, options),
    isContainer,
    sharesPort,
    startupTimeoutMs: options.startupTimeoutMs ?? (seconds === undefined ? STARTUP_MS : seconds * 1000),
  };
}

/** What runs the servers: a command, or a container of an image. */
function endpointRunner(
  { Image }: ResolvedEndpointRequest,
  { command, image = Image, isolation, container }: ResolvedEndpointOptions,
): Runner {
  if (command === undefined) return containerRunner({ ...container, image: image! });
  return processRunner({ isolation, network: isolation === 'none' ? 'machine' : 'own' });
}
