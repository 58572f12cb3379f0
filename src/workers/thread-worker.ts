// What runs in our threads: the entry point that the bundler emits beside the library.
import { parentPort } from 'node:worker_threads';

import { PartsReader } from '../body/parts-reader.js';
import { FileTree } from '../directory/file-tree.js';
import { walk } from '../source/file/walk.js';
import { inflater } from '../transform/inflate/inflater.js';
import { SpillWriter } from '../transform/spill-writer.js';
import { serializeError } from './serialize-error.js';
import type { Task, TaskName, TaskRequest, TaskResponse } from './task.js';

type AnyTask = Task<unknown, unknown>;

const tasks: Record<TaskName, (args: never) => Task<unknown, never>> = {
  files: (args: ConstructorParameters<typeof FileTree>[0]) => new FileTree(args),
  walk,
  read: (args: ConstructorParameters<typeof PartsReader>[0]) => new PartsReader(args),
  inflate: inflater,
  spill: (args: ConstructorParameters<typeof SpillWriter>[0]) => new SpillWriter(args),
};
const open = new Map<number, AnyTask>();
const port = parentPort!;

port.on('message', (request: TaskRequest) => {
  switch (request.op) {
    case 'open':
      open.set(request.id, tasks[request.task](request.args as never));
      break;
    case 'close':
      open.get(request.id)?.return?.();
      open.delete(request.id);
      break;
    case 'next': {
      const response = step(request.id, request.input);
      port.postMessage(response, transferable(response.result?.value));
    }
  }
});

function step(id: number, input: unknown): TaskResponse {
  try {
    const { done = false, value } = open.get(id)?.next(input) ?? { done: true, value: undefined };
    if (done) open.delete(id);
    return { id, result: { done, value } };
  } catch (error) {
    open.get(id)?.return?.();
    open.delete(id);
    return { id, error: serializeError(error) };
  }
}

/** Bytes that own their memory move to the main thread instead of being copied. */
function transferable(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array && value.byteLength === value.buffer.byteLength)
    return [value.buffer as ArrayBuffer];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).flatMap((field) =>
    ArrayBuffer.isView(field) ? [field.buffer as ArrayBuffer] : [],
  );
}
