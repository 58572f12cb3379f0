import { PipeModeError } from '../errors.js';
import { isBytes } from '../options/checks.js';
import { check, describe } from '../options/expected.js';
import { checkObject, readArgument } from '../options/read-options.js';
import { compareKeys } from './key-order.js';
import { PartsBody } from '../body/parts-body.js';
import type { Source, SourceObject } from './source.js';

/** An object in memory. */
export interface MemoryObject {
  /** The object's key: not empty, and only once in a source. */
  readonly key: string;
  /**
   * Its content: bytes, a string (sent as UTF-8), or a function that opens an async iterable of bytes. The
   * function is called once per epoch.
   */
  readonly body: Uint8Array | string | (() => AsyncIterable<Uint8Array>);
}

/**
 * Objects in memory, or made on the fly, in the order of the UTF-8 bytes of their keys. Bytes are not
 * copied: leave them unchanged while the channel runs.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION` if an object is not a {@link MemoryObject} or a key comes twice.
 *
 * @example
 * ```ts
 * import { createChannel, memorySource } from 'sagemaker-pipe-mode';
 *
 * const source = memorySource([
 *   { key: 'a.csv', body: '1,2\n' },
 *   { key: 'b.csv', body: async function* () { yield Buffer.from('3,4\n'); } },
 * ]);
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export function memorySource(objects: readonly MemoryObject[]): Source {
  check('objects', 'an array of { key, body }', objects, Array.isArray);
  const sorted = readArgument('objects', () => Array.from(objects))
    .map(readObject)
    .sort((a, b) => compareKeys(a.key, b.key));
  sorted.forEach(({ key }, index) => {
    if (index > 0 && sorted[index - 1]!.key === key) throw invalid(`The key "${key}" comes twice in memory.`);
  });
  return {
    description: 'objects in memory',
    check() {
      if (sorted.length > 0) return;
      throw new PipeModeError(
        'SOURCE_EMPTY',
        'The list of objects in memory is empty, so there is nothing to stream. Give it at least one { key, body }.',
      );
    },
    objects: () => sorted.map(toSourceObject),
  };
}

function toSourceObject({ key, body }: MemoryObject): SourceObject {
  if (typeof body === 'function') return { key, open: () => body() };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { key, size: bytes.length, open: () => new PartsBody([bytes]) };
}

/** An object as it is now; its bytes are not copied. */
function readObject(object: MemoryObject, index: number): MemoryObject {
  checkObject(`objects[${index}]`, object, 'an object with a `key` that is a string and a `body`');
  const { key, body } = readArgument(`objects[${index}]`, () => ({ key: object.key, body: object.body }));
  if (typeof key !== 'string' || key === '') {
    throw invalid(
      `Expected object ${index} in memory to have a \`key\` that is a string and not empty, got ${describe(key)}.`,
    );
  }
  if (!isBytes(body) && typeof body !== 'string' && typeof body !== 'function') {
    throw invalid(
      `Expected the \`body\` of "${key}" to be bytes, a string or a function that opens an async iterable of bytes, ` +
        `got ${describe(body)}.`,
    );
  }
  return { key, body };
}

function invalid(message: string): PipeModeError {
  return new PipeModeError('INVALID_OPTION', message);
}
