import type { Body, BodyPart, FetchedRange, LocalPart } from '../body/body.js';
import { checkContent, checkSize } from '../body/check-parts.js';
import { type InflatedParts, inflatedParts } from '../body/inflated-parts.js';
import { areLocal, isLocal } from '../body/local-parts.js';
import { partStreamOf } from '../body/part-stream.js';
import { partsLength } from '../body/parts-length.js';
import { PipeModeError } from '../errors.js';
import { isBytes } from '../options/checks.js';
import { describe } from '../options/expected.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { failureOf } from './failure.js';
import { meterSource } from './metered-source.js';
import type { ChunkMeter } from '../flow/chunk-meter.js';
import type { BodyToRead, PrefetchedBody } from '../flow/prefetched-body.js';
import type { Prefetcher } from '../flow/prefetcher.js';

/** An object that is ready to be written: what it consists of, in order. */
export interface OpenedObject {
  /** Its key, after all transforms. */
  readonly key: string;
  /** The object as its source lists it. */
  readonly listed: SourceObject;
  readonly segments: readonly Segment[];
}

/**
 * Neighbouring parts of an object that are on this machine, files that the sink inflates, or a body (or a range of one)
 * that is read ahead.
 */
export type Segment = LocalSegment | InflatedSegment | PrefetchedSegment;

export interface LocalSegment {
  readonly parts: readonly LocalPart[];
}

/** An object that the sink inflates. */
export interface InflatedSegment {
  readonly inflated: InflatedParts;
}

interface PrefetchedSegment {
  readonly body: PrefetchedBody;
}

/** How many bytes an object holds by itself, whoever reads it. */
export function bytesHeld({ segments }: OpenedObject): number {
  let bytes = 0;
  for (const segment of segments) {
    if (!('parts' in segment)) continue;
    for (const part of segment.parts) if (isBytes(part)) bytes += part.length;
  }
  return bytes;
}

interface OpenWith {
  readonly prefetcher: Prefetcher;
  /** Makes what counts the chunks that the transforms of one object hold. */
  readonly makeMeter: () => ChunkMeter;
  /** Whether ranges of files that come to light while a body is read can be given to the sink as they are. */
  readonly sinkTakesRanges: boolean;
  /** Whether files that are to be inflated can be given to the sink as they are. */
  readonly sinkInflates: boolean;
}

/**
 * Transforms and opens an object, and begins to read what cannot be moved as it is. What goes wrong comes to light
 * when the object's turn comes.
 */
export function openObject(
  listed: SourceObject,
  transforms: readonly Transform[],
  context: OpenContext,
  { prefetcher, makeMeter, sinkTakesRanges, sinkInflates }: OpenWith,
): OpenedObject {
  checkObject(listed);
  const meter = transforms.length > 0 ? makeMeter() : undefined;
  const code = meter ? 'TRANSFORM_FAILED' : 'SOURCE_FAILED';
  try {
    const first = meter ? meterSource(listed, meter) : listed;
    const { key, size, body } = openBody(first, transforms, context, code);
    const inflated = sinkInflates && size === undefined ? inflatedParts(body) : undefined;
    if (inflated) return { key, listed, segments: [{ inflated }] };
    const claim: Claim = { key, size, code, meter };
    const stream = sinkTakesRanges ? partStreamOf(body) : undefined;
    if (stream) return { key, listed, segments: [{ body: prefetcher.add(checked(stream, claim, isPart)) }] };
    return { key, listed, segments: segmentsOf(body, claim, prefetcher) };
  } catch (error) {
    const { key } = listed;
    return { key, listed, segments: [{ body: prefetcher.add(failing(error, { key, size: 0, code })) }] };
  }
}

/** What a body is said to be, and what to blame if it is not. */
interface Claim {
  readonly key: string;
  readonly size: number | undefined;
  readonly code: 'SOURCE_FAILED' | 'TRANSFORM_FAILED';
  readonly meter?: ChunkMeter | undefined;
}

function segmentsOf(body: Body, claim: Claim, prefetcher: Prefetcher): Segment[] {
  if (!body.parts) return [{ body: prefetcher.add(checked(() => body, claim)) }];
  if (areLocal(body.parts)) return [{ parts: body.parts }];
  return joinLocal(body.parts).map((content) =>
    Array.isArray(content) ? { parts: content } : { body: prefetcher.add(fetchAll(content, claim)) },
  );
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

function fetchAll({ length, fetch }: FetchedRange, claim: Claim): BodyToRead {
  return checked(() => fetch(0, length), { ...claim, size: length });
}

/** Stands for a body that cannot be opened. */
function failing(error: unknown, claim: Claim): BodyToRead {
  const open = () => {
    throw error;
  };
  return checked(open, claim);
}

function checkObject(object: Partial<SourceObject> | null | undefined, from?: string): void {
  if (typeof object?.key === 'string' && typeof object.open === 'function') return;
  const rule = `a \`key\` that is a string and an \`open()\`, got ${describe(object)}.`;
  if (from === undefined)
    throw new PipeModeError('SOURCE_FAILED', `Expected the source to list objects with ${rule}`);
  throw new PipeModeError(
    'TRANSFORM_FAILED',
    `Expected the transforms to make an object of "${from}" with ${rule}`,
  );
}

function openBody(
  object: SourceObject,
  transforms: readonly Transform[],
  context: OpenContext,
  code: Claim['code'],
): { key: string; size: number | undefined; body: Body } {
  try {
    checkSize(object, 'SOURCE_FAILED');
    const transformed = transforms.reduce((before, transform) => transform(before), object);
    if (transforms.length > 0) checkObject(transformed, object.key);
    const { key, size } = transformed;
    const body: Body = transformed.open(context);
    checkContent(transformed, body, code);
    const length = body.parts && partsLength(body.parts);
    if (length !== undefined && size !== undefined && length !== size) throw wrongSize(key, size, length);
    return { key, size, body };
  } catch (error) {
    throw failureOf(error, { code, what: 'Opening failed for', key: object.key });
  }
}

/** A body that makes sure that it consists of bytes, and of as many as was said. */
function checked(
  open: () => AsyncIterable<LocalPart>,
  { key, size, code, meter }: Claim,
  isRight: (chunk: unknown) => boolean = isBytes,
): BodyToRead {
  let length = 0;
  return {
    size,
    meter,
    open,
    check(chunk) {
      if (!isRight(chunk)) throw notBytes(key, chunk);
      length += chunk.length;
      if (size !== undefined && length > size) throw wrongSize(key, size, length);
    },
    checkEnd() {
      if (size !== undefined && length !== size) throw wrongSize(key, size, length);
    },
    toFailure: (error) => failureOf(error, { code, what: 'Reading failed for', key }),
  };
}

/** Ranges in a stream of parts are our own, but chunks may be a user's. */
function isPart(part: unknown): boolean {
  return isBytes(part) || (typeof part === 'object' && part !== null && 'fd' in part);
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
