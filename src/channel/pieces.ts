import type { Body, FetchedRange, LocalPart } from '../body/body.js';
import { isLocal } from '../body/local-parts.js';
import { PipeModeError } from '../errors.js';
import { describe } from '../expected.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { failureOf, markSource } from './failure.js';
import type { AheadBody } from './read-ahead.js';

/** Begins to read something before its turn. */
export interface Ahead {
  /** What comes from afar, and mostly waits: many at once. */
  fetch(this: void, open: () => AsyncIterable<Uint8Array>): AheadBody;
  /** What a source or a transform makes, and mostly computes. */
  make(this: void, open: () => AsyncIterable<Uint8Array>): AheadBody;
}

/** What is written at a time: neighbouring parts of one object, or a body that is read ahead. */
export interface Piece {
  readonly key: string;
  readonly content: readonly LocalPart[] | AheadBody;
  /** Whether the object ends with it. */
  readonly isLast: boolean;
}

/** Transforms and opens an object, and begins to read what cannot be moved as it is. */
export function piecesOf(
  object: SourceObject,
  transforms: readonly Transform[],
  context: OpenContext,
  ahead: Ahead,
): Piece[] {
  const { key, size, body } = openObject(object, transforms, context);
  const code = transforms.length > 0 ? 'TRANSFORM_FAILED' : 'SOURCE_FAILED';
  const explained = (bytes: AsyncIterable<Uint8Array>, length: number | undefined) => () =>
    checkBytes(bytes, { key, size: length, code });
  if (!body.parts) return [{ key, content: ahead.make(explained(body, size)), isLast: true }];
  const contents: (LocalPart[] | FetchedRange)[] = [];
  for (const part of body.parts) {
    const neighbours = contents.at(-1);
    if (!isLocal(part)) contents.push(part);
    else if (Array.isArray(neighbours)) neighbours.push(part);
    else contents.push([part]);
  }
  if (contents.length === 0) contents.push([]);
  return contents.map((content, index) => ({
    key,
    content: Array.isArray(content)
      ? content
      : ahead.fetch(() => checkBytes(content.fetch(0, content.length), { key, size: content.length, code })),
    isLast: index === contents.length - 1,
  }));
}

function openObject(object: SourceObject, transforms: readonly Transform[], context: OpenContext) {
  if (typeof (object as Partial<SourceObject> | undefined)?.key !== 'string') {
    throw new PipeModeError(
      'SOURCE_FAILED',
      `Expected the source to list objects with a \`key\` that is a string and an \`open()\`, got ${describe(object)}.`,
    );
  }
  try {
    const first = transforms.length > 0 ? markSource(object) : object;
    const transformed = transforms.reduce((before, transform) => transform(before), first);
    const body: Body = transformed.open(context);
    return { key: transformed.key, size: transformed.size, body };
  } catch (error) {
    throw failureOf(error, { code: 'TRANSFORM_FAILED', what: 'A transform failed on', key: object.key });
  }
}

/** Makes sure that a body consists of bytes, and of as many as was said. */
async function* checkBytes(
  body: AsyncIterable<Uint8Array>,
  { key, size, code }: { key: string; size: number | undefined; code: 'SOURCE_FAILED' | 'TRANSFORM_FAILED' },
): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const chunk of body) {
      if (!((chunk as unknown) instanceof Uint8Array)) throw notBytes(key, chunk);
      length += chunk.length;
      if (size !== undefined && length > size) break;
      yield chunk;
    }
  } catch (error) {
    throw failureOf(error, { code, what: 'Reading failed for', key });
  }
  if (size !== undefined && length !== size) throw wrongSize(key, size, length);
}

function notBytes(key: string, chunk: unknown): PipeModeError {
  return new PipeModeError(
    'SOURCE_FAILED',
    `Expected the body of "${key}" to yield bytes, got ${describe(chunk)}.`,
    { key },
  );
}

function wrongSize(key: string, expected: number, actual: number): PipeModeError {
  return new PipeModeError(
    'SOURCE_SIZE_MISMATCH',
    `Object "${key}" said that it has ${expected} bytes, and its body has ` +
      `${actual > expected ? 'more' : `only ${actual}`}. ` +
      `Mend the source or transform that made it, or let it leave out \`size\`.`,
    { key },
  );
}
