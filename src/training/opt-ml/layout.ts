import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeDirectory } from '../../fs/make-directory.js';
import { InsidePaths } from '../../runner/inside-paths.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import { checkpointPath, configFiles, type HostContext } from './config-files.js';

/**
 * The directory that an algorithm sees as /opt/ml, as it is on this machine. Clients rely on what is here before they
 * start: without `output`, for one, a script of sagemaker-training-toolkit that exits 3 has exit status 0.
 */
export class OptMl {
  readonly directory: string;
  /** Where channels put their FIFOs and files. */
  readonly data: string;
  readonly config: string;
  readonly output: string;
  /** `undefined` without `CheckpointConfig`. */
  readonly checkpoints: string | undefined;
  /** The same, as the algorithm sees it. */
  readonly checkpointsInside: string | undefined;
  /** The paths of the algorithm, and those of this machine. */
  readonly paths: InsidePaths;
  readonly #request: ResolvedTrainingRequest;
  readonly #context: HostContext;

  constructor(directory: string, request: ResolvedTrainingRequest, context: HostContext) {
    this.directory = directory;
    this.data = join(directory, 'input/data');
    this.config = join(directory, 'input/config');
    this.output = join(directory, 'output');
    this.paths = new InsidePaths(context.base, directory);
    const inside = checkpointPath(request, context.base);
    this.checkpointsInside = inside;
    this.checkpoints = inside === undefined ? undefined : this.paths.outside(inside);
    this.#request = request;
    this.#context = context;
  }

  /** The same host's in another directory. */
  in(directory: string): OptMl {
    return new OptMl(directory, this.#request, this.#context);
  }

  /** The directories of which everything is kept, as the algorithm sees them. */
  get collected(): readonly string[] {
    const { base } = this.paths;
    const checkpoints = this.checkpointsInside === undefined ? [] : [this.checkpointsInside];
    return [`${base}/model`, `${base}/output/data`, ...checkpoints];
  }

  /** What is in `input/config`, by name, as text. */
  get configTexts(): Readonly<Record<string, string>> {
    const files = Object.entries(configFiles(this.#request, this.#context));
    return Object.fromEntries(files.map(([name, content]) => [name, JSON.stringify(content)]));
  }

  /** Makes the directories and the configuration files. `directory` itself may be there. */
  make(): void {
    const collected = this.collected.map((inside) => this.paths.outside(inside));
    for (const directory of [this.config, this.data, ...collected]) makeDirectory(directory);
    for (const [name, text] of Object.entries(this.configTexts)) writeFileSync(join(this.config, name), text);
  }
}
