import { isBytes } from '../options/checks.js';
import { iterateTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
import type { Body, BodyPart, LocalPart } from './body.js';
import { isLocal } from './local-parts.js';
import { packParts } from './packed-parts.js';
import { READ_CHUNKS } from './read-tasks.js';

/** A body that is made of parts: whoever can move them takes them, everybody else iterates. */
export class PartsBody implements Body {
  constructor(readonly parts: readonly BodyPart[]) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    let neighbours: LocalPart[] = [];
    for (const part of this.parts) {
      if (isLocal(part)) {
        neighbours.push(part);
        continue;
      }
      yield* readLocal(neighbours);
      neighbours = [];
      yield* part.fetch(0, part.length);
    }
    yield* readLocal(neighbours);
  }
}

/** Bytes as they are, files through a thread of ours. */
async function* readLocal(parts: readonly LocalPart[]): AsyncGenerator<Uint8Array, void> {
  if (parts.every((part) => isBytes(part))) yield* parts;
  else yield* iterateTask(ioThread, READ_CHUNKS, { parts: packParts(parts) });
}
