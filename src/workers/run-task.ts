import { onAbort } from '../abort/on-abort.js';
import { PipeModeError } from '../errors.js';
import type { TaskKind } from './task.js';
import type { Thread } from './thread.js';
import { leaseThreads } from './threads.js';

/** A task that runs on a thread of ours, from the main thread's side. */
export interface RunningTask<Out, In> {
  /**
   * Lets the task go on to its next `yield`. Several may be asked for at once; answers come in order. Rejects if the
   * task is closed before it answers: only the task itself says that it is done.
   */
  next(input: In, transfer?: ArrayBuffer[]): Promise<IteratorResult<Out, undefined>>;
  /** Ends the task wherever it is, and lets go of the thread. */
  close(): Promise<void>;
}

/**
 * Starts a task. Whoever starts it has to close it, also after it is done; it closes by itself, with the signal's
 * reason, when that is aborted, because whoever started it may be waiting for something else by then that never comes.
 */
export function startTask<Args, In, Out>(
  pick: () => Thread,
  kind: TaskKind<Args, In, Out>,
  args: Args,
  signal?: AbortSignal,
): RunningTask<Out, In> {
  const lease = leaseThreads();
  const { thread, id } = openTask(pick, kind.name, args, lease);
  let closed: { readonly reason: unknown } | undefined;
  const close = (reason: unknown) => {
    closed ??= { reason };
    unwatch?.();
    thread.close(id, reason);
    return lease.release();
  };
  const abort = () => {
    void close(signal?.reason);
  };
  const unwatch = signal && onAbort(signal, abort);
  if (signal?.aborted) abort();
  return {
    async next(input, transfer) {
      if (closed) throw closed.reason;
      return (await thread.next(id, input, transfer)) as IteratorResult<Out, undefined>;
    },
    close: () => close(new PipeModeError('ABORTED', `The task "${kind.name}" was ended.`)),
  };
}

function openTask(pick: () => Thread, kind: string, args: unknown, lease: { release(): Promise<void> }) {
  try {
    const thread = pick();
    return { thread, id: thread.open(kind, args) };
  } catch (error) {
    void lease.release(); // no thread could be started
    throw error;
  }
}

/** What a task yields, as an async iterable that asks for one item more than its consumer has. */
export async function* iterateTask<Args, Out>(
  pick: () => Thread,
  kind: TaskKind<Args, undefined, Out>,
  args: Args,
  signal?: AbortSignal,
): AsyncGenerator<Out, void> {
  const running = startTask(pick, kind, args, signal);
  try {
    yield* askAhead(running, () => undefined);
  } finally {
    await running.close();
  }
}

/** What a task answers, asked for one step more than the consumer has. */
export async function* askAhead<Out, In>(
  task: RunningTask<Out, In>,
  input: () => In,
): AsyncGenerator<Out, void> {
  let upcoming = task.next(input());
  for (;;) {
    const { done, value } = await upcoming;
    if (done) return;
    upcoming = task.next(input());
    upcoming.catch(() => undefined); // looked at in the next round, if there is one
    yield value;
  }
}
