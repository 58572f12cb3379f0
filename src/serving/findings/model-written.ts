import { changedBelow, listPaths } from '../../findings/changed-below.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** Python does without where it may not write. */
const CACHE = /\/__pycache__(?:\/|$)/;

/** Works here, where each server has a copy of its own. */
export const modelWritten: Look = function* ({ instance, modelDirectory, startedAtMs }) {
  if (modelDirectory === undefined || startedAtMs === undefined) return;
  const changed = changedBelow(modelDirectory, '/opt/ml/model', startedAtMs);
  const paths = changed.filter((path) => !CACHE.test(path));
  if (paths.length === 0) return;
  yield {
    id: 'model-written',
    seen: `On ${instance} the server wrote below /opt/ml/model: ${listPaths(paths)}.`,
    rule: 'A server has read-only access to /opt/ml/model. Write to a temporary directory.',
    documentation: DOCUMENTATION.model,
  };
};
