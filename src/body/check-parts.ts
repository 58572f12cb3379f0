import { PipeModeError, type PipeModeErrorCode } from '../errors.js';
import { isInteger, isBytes } from '../options/checks.js';
import { describe } from '../options/expected.js';
import { isPath } from '../options/location.js';
import { readArgument } from '../options/read-options.js';
import type { Body, BodyPart, FetchedRange, FileRange } from './body.js';
import { isLocal } from './local-parts.js';

const MAX_FD = 2 ** 31 - 1;

/** What an object says of itself. */
interface Content {
  readonly key: string;
  readonly size?: number | undefined;
}

/**
 * Refuses a size that is none. Sizes are compared and added up: with `NaN` an object could not be told from an empty one.
 *
 * @throws {@link PipeModeError} with the code of whoever made the object
 */
export function checkSize({ key, size }: Content, code: PipeModeErrorCode): void {
  if (size === undefined || isInteger(size, 0)) return;
  throw wrongContent(key, wrong('size', 'an integer from 0 up, or left out', size), code);
}

/**
 * Refuses a body that is neither an iterable nor made of parts, and parts that are none or whose numbers are none.
 * Sources and transforms of the user's are not held by types.
 *
 * @throws {@link PipeModeError} with the code of whoever made the body
 */
export function checkContent(content: Content, body: unknown, code: PipeModeErrorCode): void {
  checkSize(content, code);
  const problem = bodyProblem(body);
  if (problem !== undefined) throw wrongContent(content.key, problem, code);
}

/**
 * Refuses what is not a list of parts that are on this machine.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkLocalParts(parts: readonly unknown[]): void {
  const problem = readArgument(
    'parts',
    () => partsProblem(parts) ?? remoteProblem(parts as readonly BodyPart[]),
  );
  if (problem !== undefined) throw new PipeModeError('INVALID_OPTION', problem);
}

function bodyProblem(body: unknown): string | undefined {
  const rule = 'an async iterable of bytes';
  if (!isObject(body) || isBytes(body)) return wrong('body', rule, body);
  const { parts } = body as Partial<Body>;
  if (parts !== undefined) return partsProblem(parts);
  const iterable = body as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  const iterate = iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator];
  return typeof iterate === 'function' ? undefined : wrong('body', rule, body);
}

function partsProblem(parts: unknown): string | undefined {
  if (!Array.isArray(parts)) return wrong('parts', 'an array', parts);
  for (let index = 0; index < parts.length; index++) {
    const part: unknown = parts[index];
    const problem = isBytes(part) ? undefined : rangeProblem(`parts[${index}]`, part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function remoteProblem(parts: readonly BodyPart[]): string | undefined {
  const index = parts.findIndex((part) => !isLocal(part));
  return index < 0 ? undefined : wrong(`parts[${index}]`, 'bytes or a range of a file', parts[index]);
}

function rangeProblem(name: string, part: unknown): string | undefined {
  if (!isObject(part)) return wrong(name, 'bytes, a range of a file, or a range that can be fetched', part);
  const range = part as Partial<FileRange & FetchedRange>;
  if (!isInteger(range.length, 0)) return wrong(`${name}.length`, 'an integer from 0 up', range.length);
  if ('fetch' in range) {
    return typeof range.fetch === 'function' ? undefined : wrong(`${name}.fetch`, 'a function', range.fetch);
  }
  return fileProblem(name, range);
}

function fileProblem(
  name: string,
  { path, fd, offset, fileSize, mtimeMs }: Partial<FileRange>,
): string | undefined {
  if (!isPath(path)) return wrong(`${name}.path`, 'the path of a file', path);
  if (!isInteger(offset, 0)) return wrong(`${name}.offset`, 'an integer from 0 up', offset);
  if (fd !== undefined && !isInteger(fd, 0, MAX_FD)) return wrong(`${name}.fd`, 'an open descriptor', fd);
  if (fileSize !== undefined && !isInteger(fileSize, 0)) {
    return wrong(`${name}.fileSize`, 'an integer from 0 up, or left out', fileSize);
  }
  if (mtimeMs === undefined || Number.isFinite(mtimeMs)) return undefined;
  return wrong(`${name}.mtimeMs`, 'milliseconds, or left out', mtimeMs);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function wrongContent(key: string, problem: string, code: PipeModeErrorCode): PipeModeError {
  const advice = 'Fix the source or the transform that made it.';
  return new PipeModeError(code, `Object "${key}": ${problem} ${advice}`, { key });
}

function wrong(name: string, rule: string, value: unknown): string {
  return `Expected \`${name}\` to be ${rule}, got ${describe(value)}.`;
}
