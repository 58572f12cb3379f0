import { taskKind } from '../../workers/task.js';
import type { ListedBatch } from './walk.js';

/** Lists the files below a directory, some per step. */
export const WALK = taskKind<{ readonly root: string }, undefined, ListedBatch>('walk', {
  moved: ({ statuses }) => [statuses.buffer as ArrayBuffer],
});
