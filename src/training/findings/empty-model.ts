import { readdirSync } from 'node:fs';

import { DOCUMENTATION } from './documentation.js';
import { hasSucceeded, type JobLook } from './finding.js';

/** A training for nothing: there is no model to deploy. Of several hosts one may have written it for all. */
export const emptyModel: JobLook = function* (job) {
  if (!hasSucceeded(job) || !job.hosts.every(({ optMl }) => isEmpty(optMl.model))) return;
  const where = job.hosts.length === 1 ? `On ${job.hosts[0]!.host}` : 'On every host';
  yield {
    id: 'empty-model',
    seen: `${where} the algorithm ended with exit code 0 and left nothing in its model directory.`,
    rule: 'model.tar.gz is made of what is in /opt/ml/model, and of nothing else.',
    documentation: DOCUMENTATION.outputs,
  };
};

/** It may be gone, or something else may be in its place. */
function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
