import type { ListedBatch } from '../../source/file/walk.js';
import { taskKind } from '../../workers/task.js';

/** Lists what a checkpoint may consist of, some files per step. */
export const SCAN = taskKind<{ readonly root: string }, undefined, ListedBatch>('scan', {
  moved: ({ statuses }) => [statuses.buffer as ArrayBuffer],
});
