import { isBytes } from '../options/checks.js';
import type { BodyPart } from './body.js';

/** The `length` bytes from `start` on of the bytes that `parts` stand for. */
export function sliceParts(parts: readonly BodyPart[], start: number, length: number): BodyPart[] {
  const slices: BodyPart[] = [];
  let position = 0;
  for (const part of parts) {
    const from = Math.max(start - position, 0);
    const to = Math.min(start + length - position, part.length);
    if (from < to) slices.push(slicePart(part, from, to));
    position += part.length;
  }
  return slices;
}

/** The bytes from `from` up to but not including `to` of those that a part stands for. */
export function slicePart<T extends BodyPart>(part: T, from: number, to: number): T;
export function slicePart(part: BodyPart, from: number, to: number): BodyPart {
  if (isBytes(part)) return part.subarray(from, to);
  const length = to - from;
  if ('fetch' in part) return { length, fetch: (offset, bytes) => part.fetch(from + offset, bytes) };
  return { ...part, offset: part.offset + from, length };
}
