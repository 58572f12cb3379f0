import type Docker from 'dockerode';

import type { ProgramOptions } from '../runner.js';
import type { Engine } from './engine.js';
import type { JobNetwork } from './job-network.js';
import type { ContainerRunnerOptions } from './options.js';

/** What a container is made from. */
export interface ContainerPlan {
  readonly engine: Engine;
  readonly program: ProgramOptions;
  readonly options: ContainerRunnerOptions;
  readonly image: Docker.ImageInspectInfo;
  readonly network: JobNetwork;
}
