// Runs in a thread of ours.
import type { MessagePort } from 'node:worker_threads';

import { serializeError } from './serialize-error.js';
import type { Task, TaskKind, TaskRequest, TaskResponse } from './task.js';

/** A kind of task and what runs it, for `serveTasks`. Made by `implement`, which checks that they fit. */
interface Implementation {
  readonly kind: TaskKind<never, never, unknown>;
  readonly start: (args: unknown) => Task<unknown, unknown>;
}

export function implement<Args, In, Out>(
  kind: TaskKind<Args, In, Out>,
  start: (args: Args) => Task<Out, In>,
): Implementation {
  // Their types are left behind here; what `startTask` posts has those of the same kind.
  return { kind, start } as unknown as Implementation;
}

interface OpenTask {
  readonly kind: Implementation['kind'];
  readonly task: Task<unknown, unknown>;
}

/** Runs the tasks that are asked for through `port`, several at a time, a step of one after a step of another. */
export function serveTasks(port: MessagePort, implementations: readonly Implementation[]): void {
  const known = new Map(implementations.map((each) => [each.kind.name, each]));
  const open = new Map<number, OpenTask>();

  port.on('message', (request: TaskRequest) => {
    if (request.op === 'open') open.set(request.id, start(request.kind, request.args));
    else if (request.op === 'close') close(request.id);
    else answer(request.id, request.input);
  });

  function start(name: string, args: unknown): OpenTask {
    const { kind, start: startOne } = known.get(name)!;
    try {
      return { kind, task: startOne(args) };
    } catch (error) {
      return { kind, task: failing(error) };
    }
  }

  function answer(id: number, input: unknown): void {
    const one = open.get(id);
    if (!one) {
      port.postMessage({ id, result: OVER } satisfies TaskResponse); // asked for before its end was known
      return;
    }
    try {
      const result = one.task.next(input);
      if (result.done) open.delete(id);
      const moved = result.done ? [] : one.kind.moved(result.value);
      port.postMessage({ id, result } satisfies TaskResponse, moved);
    } catch (error) {
      close(id);
      port.postMessage({ id, error: serializeError(error) } satisfies TaskResponse);
    }
  }

  function close(id: number): void {
    open.get(id)?.task.return?.();
    open.delete(id);
  }
}

const OVER = { done: true, value: undefined } as const;

/** A task that could not be started says so when it is asked for something. */
function failing(error: unknown): Task<never, unknown> {
  return {
    next: () => {
      throw error;
    },
  };
}
