import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { check } from '../options/expected.js';
import { isS3, resolveLocal } from '../options/location.js';
import { readArgument } from '../options/read-options.js';
import { checkSource } from './check-source.js';
import { fileSource } from './file/file.js';
import { type MemoryObject, memorySource } from './memory.js';
import { s3Source } from './s3/s3-source.js';
import type { Source } from './source.js';

/** Makes a source of whatever may stand for one. */
export function resolveSource(
  source: string | Source | readonly MemoryObject[],
  s3?: S3Client | S3ClientConfig,
): Source {
  check(
    'source',
    RULE,
    source,
    (given) => given !== '' && (typeof given === 'string' || typeof given === 'object'),
  );
  if (typeof source === 'string') {
    return isS3(source) ? s3Source(source, { s3 }) : fileSource(resolveLocal('source', source));
  }
  if (isArray(source)) return memorySource(source);
  checkSource(source, RULE);
  return source;
}

const RULE = 'a path, an s3:// URI, a Source, or an array of { key, body }';

function isArray(source: object): source is readonly MemoryObject[] {
  return readArgument('source', () => Array.isArray(source));
}
