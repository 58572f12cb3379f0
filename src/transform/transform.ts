import type { SourceObject } from '../source/source.js';

/**
 * Turns an object into an object: another body, and the size that this body has, or `undefined` if that
 * cannot be known before it is read. Transforms are applied in order. A transform must not read anything
 * before the body that it returns is read.
 *
 * @example Upper case, for ASCII letters: every byte becomes one byte, so the size stays
 * ```ts
 * import { createChannel, type Transform } from 'sagemaker-pipe-mode';
 *
 * const upperCase: Transform = (object) => ({
 *   ...object,
 *   async *open(context) {
 *     for await (const chunk of object.open(context))
 *       yield chunk.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)); // a to z
 *   },
 * });
 * await createChannel({
 *   name: 'training',
 *   source: './data/training',
 *   dest: './ml/input/data',
 *   transforms: [upperCase],
 *   epochs: 1,
 * }).start();
 * ```
 */
export type Transform = (object: SourceObject) => SourceObject;
