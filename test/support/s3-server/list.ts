import { compareKeys } from '../../../src/source/key-order.js';
import { S3Failure } from './failure.js';
import type { Bucket } from './store.js';
import { xmlDocument } from './xml.js';

/** ListObjectsV2, without delimiters. */
export function listObjectsV2(name: string, bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token') ?? undefined;
  const startAfter = query.get('start-after') ?? undefined;
  const encode = encoding(query.get('encoding-type'));
  const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const after = token === undefined ? startAfter : Buffer.from(token, 'base64url').toString();

  const sorted = bucket.sorted();
  const page = [];
  let truncated = false;
  for (let i = firstAfter(sorted, after); i < sorted.length; i++) {
    const object = sorted[i]!;
    if (!object.key.startsWith(prefix)) continue;
    truncated = page.length === maxKeys;
    if (truncated) break;
    page.push(object);
  }
  return xmlDocument('ListBucketResult', {
    Name: name,
    Prefix: encode(prefix),
    MaxKeys: maxKeys,
    KeyCount: page.length,
    IsTruncated: truncated,
    EncodingType: query.get('encoding-type') ?? undefined,
    ContinuationToken: token,
    NextContinuationToken: truncated ? Buffer.from(page.at(-1)?.key ?? '').toString('base64url') : undefined,
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    Contents: page.map(({ key, etag, modified, content }) => ({
      Key: encode(key),
      LastModified: modified.toISOString(),
      ETag: etag,
      Size: content.size,
      StorageClass: 'STANDARD',
    })),
  });
}

function firstAfter(sorted: readonly { readonly key: string }[], after: string | undefined): number {
  if (after === undefined) return 0;
  const index = sorted.findIndex(({ key }) => compareKeys(key, after) > 0);
  return index < 0 ? sorted.length : index;
}

// As S3 does it: a space is a plus sign, a slash stays.
function encoding(type: string | null): (text: string) => string {
  if (type === null) return (text) => text;
  if (type !== 'url')
    throw new S3Failure(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
  return (text) => encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
}
