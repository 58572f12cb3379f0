import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { OptMl } from '../opt-ml/layout.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** What the service, or the usual clients, have there. `code` is where sagemaker-training-toolkit puts the script. */
const IN_OPT_ML = new Set(['input', 'model', 'output', 'checkpoints', 'code']);
/** Those of SageMaker Debugger and of the toolkit among them. */
const IN_OUTPUT = new Set(['data', 'failure', 'success', 'metrics', 'profiler', 'tensors', 'intermediate']);

/** Results that nobody will see again. */
export const notCollected: Look = function* ({ host, optMl }) {
  const paths = [
    ...namesBeside(optMl.directory, IN_OPT_ML),
    ...namesBeside(optMl.output, IN_OUTPUT).map((name) => `output/${name}`),
    ...uncheckpointed(optMl),
  ];
  if (paths.length === 0) return;
  yield {
    id: 'not-collected',
    seen: `On ${host} the algorithm left ${paths.map((path) => `/opt/ml/${path}`).join(', ')}.`,
    rule:
      'What is kept is /opt/ml/model, /opt/ml/output/data and, with a CheckpointConfig, the directory of the checkpoints. ' +
      'Everything else is lost when the job ends.',
    documentation: DOCUMENTATION.storage,
  };
};

function namesBeside(directory: string, known: ReadonlySet<string>): string[] {
  try {
    return readdirSync(directory).filter((name) => !known.has(name));
  } catch {
    return [];
  }
}

function uncheckpointed({ directory, checkpoints }: OptMl): string[] {
  if (checkpoints !== undefined) return [];
  return namesBeside(join(directory, 'checkpoints'), new Set()).length > 0 ? ['checkpoints'] : [];
}
