import type { SourceObject } from '../source/source.js';

/**
 * Turns an object into an object: another body, and the size that this body has, or `undefined` if that
 * cannot be known before it is read. Transforms are applied in order. A transform must not read anything
 * before the body that it returns is read.
 *
 * @example Upper case
 * ```ts
 * const upperCase: Transform = (object) => ({
 *   ...object,
 *   async *open(context) {
 *     for await (const chunk of object.open(context)) yield Buffer.from(chunk.toString().toUpperCase());
 *   },
 * });
 * ```
 */
export type Transform = (object: SourceObject) => SourceObject;
