import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { TrainingJobRequest, TrainingJobResult } from 'sagemaker-pipe-mode/training';
import { parse } from 'yaml';

import type { Coefficients } from '../linear-regression/model.js';

/** What the paths in the job's request begin at. */
export const baseDir = fileURLToPath(new URL('..', import.meta.url));

/** How each algorithm is started. */
export const commands = {
  TypeScript: [process.execPath, '--import', 'tsx', `${baseDir}linear-regression/train.ts`],
  Python: ['python3', `${baseDir}python/train.py`],
};

/** The request in `job.yaml`, with further hyperparameters. */
export function jobRequest(hyperparameters: Readonly<Record<string, string>> = {}): TrainingJobRequest {
  const request = parse(readFileSync(`${baseDir}job.yaml`, 'utf8')) as TrainingJobRequest;
  return { ...request, HyperParameters: { ...request.HyperParameters, ...hyperparameters } };
}

/** What the algorithm has learned. */
export async function readModel({ model }: TrainingJobResult): Promise<Coefficients> {
  return JSON.parse(await model.readText('model.json')) as Coefficients;
}
