import { readdirSync } from 'node:fs';

import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** A training for nothing: there is no model to deploy. */
export const emptyModel: Look = function* ({ host, exit, endedByItself, optMl }) {
  if (!endedByItself || exit.code !== 0 || !isEmpty(optMl.model)) return;
  yield {
    id: 'empty-model',
    seen: `On ${host} the algorithm ended with exit code 0 and left nothing in its model directory.`,
    rule: 'model.tar.gz is made of what is in /opt/ml/model, and of nothing else.',
    documentation: DOCUMENTATION.outputs,
  };
};

function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
