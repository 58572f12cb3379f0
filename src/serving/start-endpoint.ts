import type { EndpointRequest } from '../sagemaker/endpoint-request.js';
import { Endpoint } from './endpoint.js';
import { planEndpoint } from './endpoint-plan.js';
import type { EndpointOptions } from './options.js';

/**
 * Serves a model on this machine: puts it below `/opt/ml/model`, runs the server with `serve` as argument, as SageMaker starts
 * a container, and waits until it answers `/ping` with 200.
 *
 * @param request - in the shape of AWS's `ContainerDefinition` and `ProductionVariant`
 * @param options - what to run, and what the request cannot say
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`; `INVALID_OPTION`, `UNKNOWN_OPTION`; `MODEL_NOT_FOUND`,
 * `MODEL_DOWNLOAD_TIMED_OUT`, `ARCHIVE_…`, `S3_…`; `PROGRAM_NOT_FOUND`, `PROGRAM_NOT_EXECUTABLE`, `RUNNER_UNAVAILABLE`,
 * `RUNNER_FAILED`, `IMAGE_NOT_FOUND`, `IMAGE_PULL_FAILED`, `PORT_IN_USE`, `DEST_OCCUPIED`, `WRITE_FAILED`, `ABORTED`; {@link EndpointError}
 * `ENDPOINT_FAILED`, `ENDPOINT_TIMED_OUT`
 *
 * @example
 * ```ts
 * import { startEndpoint } from 'sagemaker-pipe-mode/serving';
 *
 * // Yours: ['python3', 'serve.py']. This one answers with what it is asked.
 * const server = `require('node:http').createServer((request, response) => request.pipe(response)).listen(8080)`;
 *
 * await using endpoint = await startEndpoint({}, { command: ['node', '-e', server, '--'] });
 * const answer = await endpoint.invoke('5.1,3.5,1.4,0.2', { contentType: 'text/csv', accept: 'text/csv' });
 * console.log(await answer.text());
 * ```
 */
export async function startEndpoint(request: EndpointRequest, options: EndpointOptions): Promise<Endpoint> {
  const endpoint = createEndpoint(request, options);
  await endpoint.start();
  return endpoint;
}

/**
 * Makes an endpoint that is not started yet, for who wants to see its logs, or to listen to a port, before it is in service. What
 * is wrong with the request or the options is found at once; nothing else happens before its `start()`. Dispose of it also if it
 * does not come to that.
 *
 * @param request - as for {@link startEndpoint}
 * @param options - as for {@link startEndpoint}
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`; `INVALID_OPTION`, `UNKNOWN_OPTION`
 *
 * @example
 * ```ts
 * import { createEndpoint } from 'sagemaker-pipe-mode/serving';
 *
 * const server = `require('node:http').createServer((request, response) => request.pipe(response)).listen(8080)`;
 *
 * await using endpoint = createEndpoint({}, { command: ['node', '-e', server, '--'] });
 * endpoint.on('log', ({ host, text }) => console.log(host, text));
 * await endpoint.start();
 * ```
 */
export function createEndpoint(request: EndpointRequest, options: EndpointOptions): Endpoint {
  return new Endpoint(planEndpoint(request, options));
}
