import type { BodyPart } from './body.js';

/** How many bytes parts stand for together. */
export function partsLength(parts: readonly BodyPart[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
