import type { Body, BodyPart } from '../body/body.js';
import { PipeModeError } from '../errors.js';
import { describe } from '../expected.js';
import type { FifoSink } from '../sink/fifo-sink.js';
import type { OpenContext, Source, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { Backlog } from './backlog.js';
import { failureOf, markSource } from './failure.js';

/** What one epoch needs to know. */
export interface EpochInput {
  readonly epoch: number;
  readonly source: Source;
  readonly transforms: readonly Transform[];
  readonly bufferBytes: number;
  readonly sink: FifoSink;
  /** Told about every object that was written to its end. */
  onObject(this: void, key: string, bytes: number): void;
}

/** How many objects are listed ahead of the one that is written. */
const LIST_AHEAD = 1024;

interface OpenedObject {
  readonly key: string;
  readonly size: number | undefined;
  readonly body: Body;
}

interface PartsObject {
  readonly key: string;
  readonly parts: readonly BodyPart[];
}

/** Writes all objects of one epoch into a sink that a reader has opened; ends early if that reader leaves. */
export class Epoch {
  readonly #input: EpochInput;
  /** Ends the source's and the transforms' work when the epoch ends before they do, however it ends. */
  readonly #ended = new AbortController();
  readonly #context: OpenContext;
  #streaming = false;

  constructor(input: EpochInput) {
    this.#input = input;
    this.#context = {
      signal: AbortSignal.any([input.sink.signal, this.#ended.signal]),
      bufferBytes: input.bufferBytes,
    };
  }

  /** Whether there is nothing to write because the source or a transform has not delivered. */
  get waitsForSource(): boolean {
    return this.#streaming && !this.#input.sink.isWriting;
  }

  async stream(): Promise<void> {
    this.#streaming = true;
    const backlog = new Backlog<SourceObject>(LIST_AHEAD);
    void backlog.fill(this.#list());
    try {
      await this.#drain(backlog);
    } finally {
      this.#streaming = false;
      backlog.cancel();
      this.#ended.abort();
    }
  }

  async #drain(backlog: Backlog<SourceObject>): Promise<void> {
    const { sink } = this.#input;
    let isEmpty = true;
    for (;;) {
      const objects = await sink.unlessReaderLeaves(backlog.take());
      if (!objects) return;
      if (objects.length === 0) break;
      isEmpty = false;
      await this.#writeAll(objects);
    }
    if (isEmpty) throw this.#nothingListed();
  }

  async *#list(): AsyncGenerator<SourceObject> {
    const { source, epoch } = this.#input;
    try {
      yield* source.objects({ epoch, signal: this.#context.signal });
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    }
  }

  /** Neighbours that consist of parts are written together; a body in JavaScript is written by itself. */
  async #writeAll(objects: readonly SourceObject[]): Promise<void> {
    let neighbours: PartsObject[] = [];
    for (const object of objects) {
      const opened = this.#open(object);
      if (opened.body.parts) {
        neighbours.push({ key: opened.key, parts: opened.body.parts });
        continue;
      }
      await this.#writeParts(neighbours);
      neighbours = [];
      await this.#writeBody(opened);
      if (this.#context.signal.aborted) return;
    }
    await this.#writeParts(neighbours);
  }

  #open(object: SourceObject): OpenedObject {
    const { transforms } = this.#input;
    if (typeof (object as Partial<SourceObject> | undefined)?.key !== 'string') {
      throw new PipeModeError(
        'SOURCE_FAILED',
        `Expected the source to list objects with a \`key\` that is a string and an \`open()\`, got ${describe(object)}.`,
      );
    }
    try {
      const first = transforms.length > 0 ? markSource(object) : object;
      const { key, size, ...rest } = transforms.reduce((before, transform) => transform(before), first);
      return { key, size, body: rest.open(this.#context) };
    } catch (error) {
      throw failureOf(error, { code: 'TRANSFORM_FAILED', what: 'A transform failed on', key: object.key });
    }
  }

  async #writeParts(objects: readonly PartsObject[]): Promise<void> {
    if (objects.length === 0) return;
    const { sink, onObject } = this.#input;
    const before = sink.bytesWritten;
    try {
      await sink.writeParts(objects.flatMap(({ parts }) => parts));
    } catch (error) {
      const { path } = error as Partial<PipeModeError>;
      const culprit = objects.find(({ parts }) => parts.some((part) => 'path' in part && part.path === path));
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key: culprit?.key });
    } finally {
      let written = sink.bytesWritten - before;
      for (const { key, parts } of objects) {
        const bytes = parts.reduce((sum, part) => sum + part.length, 0);
        if (bytes > written || (bytes === 0 && sink.signal.aborted)) break;
        written -= bytes;
        onObject(key, bytes);
      }
    }
  }

  async #writeBody({ key, size, body }: OpenedObject): Promise<void> {
    const { sink, onObject } = this.#input;
    const before = sink.bytesWritten;
    try {
      if (!(await sink.writeBody(checkBytes(body, key, size)))) return;
    } catch (error) {
      const code = this.#input.transforms.length > 0 ? 'TRANSFORM_FAILED' : 'SOURCE_FAILED';
      throw failureOf(error, { code, what: 'Reading failed for', key });
    }
    onObject(key, sink.bytesWritten - before);
  }

  #nothingListed(): PipeModeError {
    const { source, epoch } = this.#input;
    return new PipeModeError(
      'SOURCE_EMPTY',
      `The source ${source.description ?? ''} listed no object in epoch ${epoch}, so there is nothing to stream. ` +
        `Put data there, or mend the source.`,
    );
  }
}

/** Makes sure that a body consists of bytes, and of as many as its object has said. */
async function* checkBytes(body: Body, key: string, size: number | undefined): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of body) {
    if (!((chunk as unknown) instanceof Uint8Array)) {
      throw new PipeModeError(
        'SOURCE_FAILED',
        `Expected the body of "${key}" to yield bytes, got ${describe(chunk)}.`,
      );
    }
    length += chunk.length;
    if (size !== undefined && length > size) break;
    yield chunk;
  }
  if (size === undefined || length === size) return;
  throw new PipeModeError(
    'SOURCE_SIZE_MISMATCH',
    `Object "${key}" said that it has ${size} bytes, and its body has ${length > size ? 'more' : `only ${length}`}. ` +
      `Mend the source or transform that made it, or let it leave out \`size\`.`,
    { key },
  );
}
