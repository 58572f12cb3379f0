import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { ChannelGroup } from 'sagemaker-pipe-mode';

import type { Coefficients } from '../linear-regression/model.js';
import { waitForAlgorithm } from './wait-for-algorithm.js';

/** An algorithm in a process of its own, and what it is to be given. */
export interface Job {
  /** The algorithm: a program and its arguments. */
  readonly command: readonly string[];
  /** Makes its channels in a directory. */
  readonly channels: (dest: string) => ChannelGroup;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Told about every line that the algorithm prints. */
  readonly onLine: (line: string) => void;
}

/** Runs a job in a directory that takes the place of /opt/ml, and returns the model that came out. */
export async function runJob(job: Job): Promise<Coefficients> {
  const root = mkdtempSync(join(tmpdir(), 'opt-ml-'));
  try {
    mkdirSync(join(root, 'input/config'), { recursive: true });
    writeFileSync(join(root, 'input/config/hyperparameters.json'), JSON.stringify(job.hyperparameters));
    await using group = job.channels(join(root, 'input/data'));
    await group.start();
    await runAlgorithm(job, root, group);
    return JSON.parse(readFileSync(join(root, 'model/model.json'), 'utf8')) as Coefficients;
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function runAlgorithm({ command, onLine }: Job, root: string, group: ChannelGroup): Promise<void> {
  const [program = '', ...args] = command;
  const env = { ...process.env, OPT_ML: root };
  const algorithm = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: algorithm.stdout }).on('line', onLine);
  await waitForAlgorithm(algorithm, group);
}
