import type { ListedBatch } from '../../source/file/walk.js';
import { taskKind } from '../../workers/task.js';

/** What to list. */
export interface ScanArguments {
  readonly root: string;
  /** Where that really is, if it must not be anywhere else: somebody may put a link in its place. */
  readonly realRoot?: string | undefined;
}

/** Lists what a checkpoint may consist of, some files per step. */
export const SCAN = taskKind<ScanArguments, undefined, ListedBatch>('scan', {
  moved: ({ statuses }) => [statuses.buffer as ArrayBuffer],
});
