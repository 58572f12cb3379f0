import {
  type CommonEndpointOptions,
  type Endpoint,
  type EndpointRequest,
  type ServerCommandOptions,
  startEndpoint,
} from 'sagemaker-pipe-mode/serving';

import { type Scratch, useScratch } from '../../support/scratch.js';
import { useServersLeft } from './servers-left.js';
import { NODE_SERVER, PYTHON_SERVER } from './servers.js';

type Options = CommonEndpointOptions & Partial<ServerCommandOptions>;

/** How tests make endpoints. */
export interface Endpoints extends Scratch {
  /** What everything that a test starts has in its environment. */
  readonly mark: string;
  start(request: EndpointRequest, options: Options & { command: readonly string[] }): Promise<Endpoint>;
  /** Starts an endpoint with the server in Node, or with that program. */
  node(request?: EndpointRequest, options?: Options, program?: string): Promise<Endpoint>;
  /** The same in Python. */
  python(request?: EndpointRequest, options?: Options, program?: string): Promise<Endpoint>;
}

/** After each test nothing is left: descriptors, threads, processes, mounts, directories of endpoints. */
export function useEndpoints(): Endpoints {
  const mark = `SERVING_TEST_${process.pid}_${Date.now()}`;
  const scratch = useScratch();
  const directories = useServersLeft(mark);
  const start: Endpoints['start'] = async (request, options) => {
    const endpoint = await startEndpoint(request, {
      ...options,
      env: { ...process.env, [mark]: 'yes', ...options.env },
    });
    directories.add(endpoint.directory);
    return endpoint;
  };
  return Object.assign(Object.create(scratch) as Scratch, {
    mark,
    start,
    node: (request: EndpointRequest = {}, options: Options = {}, program = NODE_SERVER) =>
      start(request, { command: [process.execPath, '-e', program, '--'], ...options }),
    python: (request: EndpointRequest = {}, options: Options = {}, program = PYTHON_SERVER) =>
      start(request, { command: ['python3', '-c', program], ...options }),
  });
}
