import { check } from '../options/expected.js';
import { locationText, resolveLocal } from '../options/location.js';
import { readArgument } from '../options/read-options.js';
import { isS3 } from '../options/s3-form.js';
import { checkSource } from './check-source.js';
import { fileSource } from './file/file.js';
import { type MemoryObject, memorySource } from './memory.js';
import type { S3SourceOptions } from './s3/options.js';
import { s3Source } from './s3/s3-source.js';
import type { Source } from './source.js';

/** Makes a source of whatever may stand for one. */
export function resolveSource(
  given: string | URL | Source | readonly MemoryObject[],
  options: S3SourceOptions = {},
): Source {
  const source = locationText('source', given) as Exclude<typeof given, URL>;
  check(
    'source',
    RULE,
    source,
    (value) => value !== '' && (typeof value === 'string' || typeof value === 'object'),
  );
  if (typeof source === 'string') {
    return isS3(source) ? s3Source(source, options) : fileSource(resolveLocal('source', source));
  }
  if (isArray(source)) return memorySource(source);
  checkSource(source, RULE);
  return source;
}

const RULE = 'a path, an s3:// URI, a Source, or an array of { key, body }';

function isArray(source: object): source is readonly MemoryObject[] {
  return readArgument('source', () => Array.isArray(source));
}
