import type { BodyPart, FileRange } from './body.js';

/** What a body is besides its bytes: what files of this machine inflate to, perhaps in one RecordIO record. */
export interface InflatedParts {
  /** Gzip, one part after the other. */
  readonly parts: readonly FileRange[];
  readonly recordio: boolean;
}

const inflated = new WeakMap<object, InflatedParts>();

/** Lets a sink that can inflate by itself take a body's files instead of the body. */
export function markInflated(body: object, as: InflatedParts): void {
  inflated.set(body, as);
}

/** What a body was marked as. */
export function inflatedParts(body: object): InflatedParts | undefined {
  return inflated.get(body);
}

/** Whether parts are files that any thread can open. */
export function areFiles(parts: readonly BodyPart[]): parts is readonly FileRange[] {
  return parts.every((part) => 'path' in part && part.fd === undefined);
}
