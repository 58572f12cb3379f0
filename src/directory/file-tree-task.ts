import { taskKind } from '../workers/task.js';
import type { OutputOptions, TreeAnswer, TreeRequest } from './tree-operations.js';

/** Makes a directory of files; each step is one request. */
export const FILE_TREE = taskKind<OutputOptions, TreeRequest, TreeAnswer>('file tree');
