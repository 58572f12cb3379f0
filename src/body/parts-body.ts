import { iterateTask } from '../thread/run-task.js';
import { ioThread } from '../thread/threads.js';
import type { Body, BodyPart } from './body.js';

/** A body that is made of files: whoever can move ranges takes its parts, everybody else iterates. */
export class PartsBody implements Body {
  constructor(readonly parts: readonly BodyPart[]) {}

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    return iterateTask<Uint8Array>(ioThread, 'read', { parts: this.parts });
  }
}
