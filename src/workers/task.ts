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

declare const types: unique symbol;

/**
 * A kind of task, by which both sides of a thread know its types. It stands in a module of its own, beside what
 * implements it, so that whoever starts one does not load what runs it.
 */
export interface TaskKind<Args, In, Out> {
  readonly name: string;
  /** What of an answer is moved to the main thread instead of being copied: memory that the task does not use again. */
  readonly moved: (answer: Out) => ArrayBuffer[];
  /** Only for the compiler. */
  readonly [types]?: (args: Args, input: In) => Out;
}

export function taskKind<Args, In, Out>(
  name: string,
  { moved = () => [] }: { readonly moved?: (answer: Out) => ArrayBuffer[] } = {},
): TaskKind<Args, In, Out> {
  return { name, moved };
}

/** What the main thread posts. */
export type TaskRequest =
  | { readonly id: number; readonly op: 'open'; readonly kind: string; readonly args: unknown }
  | { readonly id: number; readonly op: 'next'; readonly input: unknown }
  | { readonly id: number; readonly op: 'close' };

/** What a thread answers to every `next`, in order. */
export interface TaskResponse {
  readonly id: number;
  readonly result?: IteratorResult<unknown, undefined>;
  readonly error?: SerializedError;
}
