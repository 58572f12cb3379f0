import { onAbort } from '../abort/on-abort.js';
import type { TaskName } from './task.js';
import type { Thread } from './thread.js';
import { leaseThreads } from './threads.js';

/** A task that runs on a thread of ours, from the main thread's side. */
export interface RunningTask<Out, In> {
  /** Lets the task go on to its next `yield`. Several may be asked for at once; answers come in order. */
  next(input: In, transfer?: ArrayBuffer[]): Promise<IteratorResult<Out, undefined>>;
  /** Ends the task wherever it is, and lets go of the thread. */
  close(): Promise<void>;
}

/**
 * Starts a task. Whoever starts it has to close it, also after it is done; it closes by itself when the signal is
 * aborted, because whoever started it may be waiting for something else by then that never comes.
 */
export function startTask<Out, In = undefined>(
  pick: () => Thread,
  task: TaskName,
  args: unknown,
  signal?: AbortSignal,
): RunningTask<Out, In> {
  const lease = leaseThreads();
  const thread = pick();
  const id = thread.open(task, args);
  const close = () => {
    unwatch?.();
    thread.close(id);
    return lease.release();
  };
  const unwatch = signal && onAbort(signal, () => void close());
  if (signal?.aborted) void close();
  return {
    next: (input, transfer) => thread.next(id, input, transfer) as Promise<IteratorResult<Out, undefined>>,
    close,
  };
}

/** What a task yields, as an async iterable that asks for one item more than its consumer has. */
export async function* iterateTask<Out>(
  pick: () => Thread,
  task: TaskName,
  args: unknown,
  signal?: AbortSignal,
): AsyncGenerator<Out, void> {
  const running = startTask<Out>(pick, task, args, signal);
  try {
    let upcoming = running.next(undefined);
    for (;;) {
      const { done, value } = await upcoming;
      if (done) return;
      upcoming = running.next(undefined);
      upcoming.catch(() => undefined); // it is looked at in the next round, if there is one
      yield value;
    }
  } finally {
    await running.close();
  }
}
