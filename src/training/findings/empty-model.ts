import { readdirSync } from 'node:fs';

import { leftDirectory } from '../artifacts/left-directory.js';
import { DOCUMENTATION } from './documentation.js';
import { type Evidence, hasSucceeded, type JobLook } from './finding.js';

/** A training for nothing: there is no model to deploy. Of several hosts one may have written it for all. */
export const emptyModel: JobLook = function* (job) {
  if (!hasSucceeded(job) || !job.hosts.every(isWithoutModel)) return;
  const where = job.hosts.length === 1 ? `On ${job.hosts[0]!.host}` : 'On every host';
  yield {
    id: 'empty-model',
    seen: `${where} the algorithm ended with exit code 0 and left nothing in its model directory.`,
    rule: 'model.tar.gz is made of what is in /opt/ml/model, and of nothing else.',
    documentation: DOCUMENTATION.outputs,
  };
};

function isWithoutModel({ optMl: { paths } }: Evidence): boolean {
  const directory = leftDirectory(`${paths.base}/model`, paths);
  try {
    return directory === undefined || readdirSync(directory).length === 0;
  } catch {
    return false; // whoever cannot look cannot tell
  }
}
