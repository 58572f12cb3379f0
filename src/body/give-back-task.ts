import { taskKind } from '../workers/task.js';

/**
 * Holds a file open beside the main thread, from the first step to the second, so that not the main thread's close gives
 * back what the file takes, but the thread's.
 */
export const GIVE_BACK = taskKind<{ readonly fd: number }, undefined, undefined>('give back');
