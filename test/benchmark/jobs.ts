import type { CommandOptions, ImageOptions } from 'sagemaker-pipe-mode/training';

import { LibraryProcess } from './library-process.js';
import type { Reading } from './reader.js';

/** A reader that is the algorithm of a job. */
export interface ReadPlan {
  readonly source: string;
  readonly command: readonly string[];
  /** Its arguments, in the place of `train`. */
  readonly args: string[];
}

/** An algorithm that writes lines. */
export interface LogPlan {
  readonly command: readonly string[];
  /** How many have a metric. One more precedes them: when it began. */
  readonly count: number;
  /** How a metric is found. */
  readonly regex: string;
}

/** A model, and where its archive goes. */
export interface ModelPlan {
  readonly model: string;
  readonly destination: string;
}

/** What a job is run with. */
type JobOptions = CommandOptions | ImageOptions;

/** Training jobs of the library in a process of its own: see programs/jobs.mjs, the other end. */
export class Jobs extends LibraryProcess {
  /**
   * @param workspace - where they have their files
   * @param core - the one that the library has to stay on; any, if none is given
   */
  constructor(workspace: string, core?: number) {
    super('jobs.mjs', { core, env: { TMPDIR: workspace } });
  }

  startTime(options: JobOptions): Promise<number> {
    return this.ask('startTime', options);
  }

  atOnce(count: number, options: JobOptions): Promise<number> {
    return this.ask('atOnce', { count, options });
  }

  readInJob(plan: ReadPlan): Promise<Reading[]> {
    return this.ask('readInJob', plan);
  }

  startChannel(source: string, dest: string): Promise<void> {
    return this.ask('startChannel', { source, dest });
  }

  stopChannel(): Promise<void> {
    return this.ask('stopChannel');
  }

  logTime(plan: LogPlan): Promise<number> {
    return this.ask('logTime', plan);
  }

  modelTime(plan: ModelPlan): Promise<{ readonly ms: number; readonly path: string }> {
    return this.ask('modelTime', plan);
  }
}

/** Runs jobs in a process that ends with this. */
export async function withJobs<Result>(
  { workspace, core }: { readonly workspace: string; readonly core?: number | undefined },
  run: (jobs: Jobs) => Promise<Result>,
): Promise<Result> {
  const jobs = new Jobs(workspace, core);
  try {
    const result = await run(jobs);
    await jobs.close();
    return result;
  } finally {
    await jobs.close().catch(() => undefined);
  }
}
