import type { SerializedError } from './serialize-error.js';

/**
 * A task is a synchronous iterator that one of our threads runs for the main thread, a step at a time. It
 * may block on the file system or compute, because it blocks nothing but its thread: neither the host's
 * event loop nor libuv's thread pool, which readers of FIFOs in the same process may have filled.
 *
 * `In` is what each step is given, `Out` what it answers.
 */
export interface Task<Out, In = undefined> {
  next(input: In): IteratorResult<Out, undefined>;
  /** Lets go of whatever the task holds. */
  return?(value?: undefined): unknown;
}

/** The tasks that a thread knows. */
export type TaskName = 'walk' | 'read' | 'inflate' | 'spill' | 'files';

/** What the main thread posts. */
export type TaskRequest =
  | { readonly id: number; readonly op: 'open'; readonly task: TaskName; readonly args: unknown }
  | { readonly id: number; readonly op: 'next'; readonly input: unknown }
  | { readonly id: number; readonly op: 'close' };

/** What a thread answers to every `next`, in order. */
export interface TaskResponse {
  readonly id: number;
  readonly result?: { readonly done: boolean; readonly value?: unknown };
  readonly error?: SerializedError;
}
