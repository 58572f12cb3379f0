import { taskKind } from '../workers/task.js';

/** Appends what a step is given to a file that the main thread has opened, and closes after the task. */
export const APPEND = taskKind<{ readonly fd: number }, Uint8Array, undefined>('append');
