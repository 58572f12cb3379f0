import { fileURLToPath } from 'node:url';

import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { expected } from '../options/expected.js';
import { fileSource } from './file/file.js';
import { type MemoryObject, memorySource } from './memory.js';
import { s3Source } from './s3/s3-source.js';
import type { Source } from './source.js';

/** Makes a source of whatever may stand for one. */
export function resolveSource(
  source: string | Source | readonly MemoryObject[],
  s3?: S3Client | S3ClientConfig,
): Source {
  if (typeof source === 'string' && source !== '') return resolveLocation(source, s3);
  if (Array.isArray(source)) return memorySource(source as readonly MemoryObject[]);
  if (isSource(source)) return source;
  throw expected('source', 'a path, an s3:// URI, a Source, or an array of { key, body }', source);
}

function resolveLocation(location: string, s3: S3Client | S3ClientConfig | undefined): Source {
  if (/^s3:/i.test(location)) return s3Source(location, s3 ? { s3 } : {});
  return fileSource(/^file:/i.test(location) ? toPath(location) : location);
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw expected('source', 'a file:// URL with an absolute path, such as file:///data/train', url);
  }
}

function isSource(source: unknown): source is Source {
  return typeof source === 'object' && source !== null && typeof (source as Source).objects === 'function';
}
