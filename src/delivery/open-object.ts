import type { Body, BodyPart, FetchedRange, LocalPart } from '../body/body.js';
import { type InflatedParts, inflatedParts } from '../body/inflated-parts.js';
import { areLocal, isLocal } from '../body/local-parts.js';
import { partsLength } from '../body/parts-length.js';
import { PipeModeError } from '../errors.js';
import { describe } from '../options/expected.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { failureOf, markSource } from './failure.js';
import type { PrefetchedBody } from '../flow/prefetch.js';

/** Begins to read something before its turn. */
export interface Ahead {
  /** What comes from afar, and mostly waits: many at once. */
  readonly fetch: (open: () => AsyncIterable<Uint8Array>) => PrefetchedBody;
  /** What a source or a transform makes, and mostly computes. */
  readonly make: (open: () => AsyncIterable<Uint8Array>) => PrefetchedBody;
  /** Whether files that are to be inflated can be given to the sink as they are. */
  readonly sinkInflates?: boolean;
}

/** What is written at a time: neighbouring parts of one object, or a body that is read ahead. */
export type Piece = PartsPiece | InflatedPiece | PrefetchedPiece;

interface PieceOfObject {
  readonly key: string;
  /** Whether the object ends with it. */
  readonly isLast: boolean;
}

/** Neighbouring parts of an object that are on this machine. */
export interface PartsPiece extends PieceOfObject {
  readonly parts: readonly LocalPart[];
}

/** An object that the sink inflates. */
export interface InflatedPiece extends PieceOfObject {
  readonly inflated: InflatedParts;
}

/** A body, or a range of one, that is read before its turn. */
export interface PrefetchedPiece extends PieceOfObject {
  readonly ahead: PrefetchedBody;
}

/** How many bytes a piece holds by itself, whoever reads it. */
export function bytesHeld(piece: Piece): number {
  if (!('parts' in piece)) return 0;
  let bytes = 0;
  for (const part of piece.parts) if (part instanceof Uint8Array) bytes += part.length;
  return bytes;
}

/**
 * Transforms and opens an object, and begins to read what cannot be moved as it is. What goes wrong comes to light
 * when the object's turn comes.
 */
export function piecesOf(
  object: SourceObject,
  transforms: readonly Transform[],
  context: OpenContext,
  ahead: Ahead,
): Piece[] {
  checkObject(object);
  const code = transforms.length > 0 ? 'TRANSFORM_FAILED' : 'SOURCE_FAILED';
  try {
    const { key, size, body } = openObject(object, transforms, context, code);
    const inflated = ahead.sinkInflates && size === undefined ? inflatedParts(body) : undefined;
    if (inflated) return [{ key, inflated, isLast: true }];
    if (!body.parts) {
      return [{ key, ahead: ahead.make(() => checkBytes(body, { key, size, code })), isLast: true }];
    }
    if (areLocal(body.parts)) return [{ key, parts: body.parts, isLast: true }];
    const contents = joinLocal(body.parts);
    return contents.map((content, index) => {
      const isLast = index === contents.length - 1;
      if (Array.isArray(content)) return { key, parts: content, isLast };
      return { key, ahead: ahead.fetch(() => fetchAll(content, key, code)), isLast };
    });
  } catch (error) {
    return [{ key: object.key, ahead: ahead.make(() => failing(error)), isLast: true }];
  }
}

/** Neighbours that are on this machine become one. */
function joinLocal(parts: readonly BodyPart[]): (LocalPart[] | FetchedRange)[] {
  const joined: (LocalPart[] | FetchedRange)[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (!isLocal(part)) joined.push(part);
    else if (Array.isArray(before)) before.push(part);
    else joined.push([part]);
  }
  return joined;
}

type Blame = 'SOURCE_FAILED' | 'TRANSFORM_FAILED';

function fetchAll({ length, fetch }: FetchedRange, key: string, code: Blame): AsyncGenerator<Uint8Array> {
  return checkBytes(fetch(0, length), { key, size: length, code });
}

// eslint-disable-next-line require-yield -- it stands for a body
async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
  throw error;
}

function checkObject(object: Partial<SourceObject> | undefined): void {
  if (typeof object?.key === 'string' && typeof object.open === 'function') return;
  throw new PipeModeError(
    'SOURCE_FAILED',
    `Expected the source to list objects with a \`key\` that is a string and an \`open()\`, got ${describe(object)}.`,
  );
}

function openObject(
  object: SourceObject,
  transforms: readonly Transform[],
  context: OpenContext,
  code: Blame,
): { key: string; size: number | undefined; body: Body } {
  try {
    const first = transforms.length > 0 ? markSource(object) : object;
    const transformed = transforms.reduce((before, transform) => transform(before), first);
    const { key, size } = transformed;
    const body: Body = transformed.open(context);
    const length = body.parts && partsLength(body.parts);
    if (length !== undefined && size !== undefined && length !== size) throw wrongSize(key, size, length);
    return { key, size, body };
  } catch (error) {
    throw failureOf(error, { code, what: 'Opening failed for', key: object.key });
  }
}

/** Makes sure that a body consists of bytes, and of as many as was said. */
async function* checkBytes(
  body: AsyncIterable<Uint8Array>,
  { key, size, code }: { key: string; size: number | undefined; code: Blame },
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
      `Fix the source or transform that made it, or let it leave out \`size\`.`,
    { key },
  );
}
