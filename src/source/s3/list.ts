import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';
import { compareKeys } from '../key-order.js';
import type { S3Access } from './access.js';
import { debug } from './debug.js';
import type { ObjectVersion, S3Location } from './location.js';
import { request } from './request.js';
import { Retries, TransferError } from './retries.js';
import { loadSdk } from './sdk.js';
import { toPipeModeError } from './to-pipe-mode-error.js';
import { formatS3Uri } from './uri.js';

interface Page {
  readonly objects: readonly ObjectVersion[];
  /** What asks for the next page, if there is one. */
  readonly token: string | undefined;
}

/**
 * The objects whose keys begin with the location's prefix, in the order of the UTF-8 bytes of their keys, without
 * empty ones that end in `/`: consoles make these to show folders. The next page is asked for when the first
 * object of a page has been taken, and no sooner.
 *
 * @throws the signal's reason, or a {@link PipeModeError} `S3_…`
 */
export async function* listObjects(
  access: S3Access,
  location: S3Location,
  signal: AbortSignal,
): AsyncGenerator<ObjectVersion> {
  const leaving = new AbortController();
  const either = AbortSignal.any([signal, leaving.signal]);
  try {
    signal.throwIfAborted();
    let previous: string | undefined;
    for (let page = await fetchPage(access, location, undefined, either); ;) {
      let next: Promise<Page> | undefined;
      for (const object of page.objects) {
        checkOrder(previous, object.key, location);
        previous = object.key;
        if (isFolder(object)) continue;
        yield object;
        signal.throwIfAborted();
        if (page.token !== undefined) next ??= ahead(fetchPage(access, location, page.token, either));
      }
      if (page.token === undefined) return;
      page = await (next ?? fetchPage(access, location, page.token, either));
    }
  } finally {
    leaving.abort();
  }
}

// A failure is reported when the page is needed: until then nobody waits for it.
function ahead(page: Promise<Page>): Promise<Page> {
  page.catch(() => undefined);
  return page;
}

async function fetchPage(
  access: S3Access,
  location: S3Location,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const { ListObjectsV2Command } = loadSdk();
  const { client, requestPayer: RequestPayer } = access;
  const { bucket: Bucket, prefix: Prefix } = location;
  // Encoded, because XML cannot hold every character that a key may have.
  const command = new ListObjectsV2Command({
    Bucket,
    Prefix,
    EncodingType: 'url',
    ContinuationToken: token,
    RequestPayer,
  });
  const retries = new Retries(signal);
  for (;;) {
    try {
      const response = await request((abortSignal) => client.send(command, { abortSignal }), signal);
      return readPage(response, location);
    } catch (error) {
      if (await retries.shouldRetry(error)) continue;
      throw await toPipeModeError(error, { operation: 'list', ...location, access });
    }
  }
}

function readPage(response: ListObjectsV2CommandOutput, { bucket, prefix }: S3Location): Page {
  const { Contents = [], IsTruncated, NextContinuationToken, EncodingType } = response;
  debug(
    'listed %d keys of %s%s',
    Contents.length,
    formatS3Uri(bucket, prefix),
    IsTruncated ? ', more to come' : '',
  );
  // An empty listing says so, too: a response without a body would be taken for the end of the listing.
  if (response.Contents === undefined && IsTruncated === undefined)
    throw new TransferError('the response is empty: it has neither Contents nor IsTruncated');
  const token = IsTruncated ? NextContinuationToken : undefined;
  if (IsTruncated && !token)
    throw malformed(bucket, prefix, 'says that there is more, but not how to ask for it');
  const objects = Contents.map(({ Key, Size, ETag: etag, LastModified: modified }): ObjectVersion => {
    if (Key === undefined || Size === undefined)
      throw malformed(bucket, prefix, 'has an entry without key or size');
    const key = EncodingType === 'url' ? decodeKey(Key, bucket, prefix) : Key;
    return { bucket, key, size: Size, etag, modified };
  });
  return { objects, token };
}

function decodeKey(encoded: string, bucket: string, prefix: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw malformed(
      bucket,
      prefix,
      `has the key ${JSON.stringify(encoded)}, which is not encoded as it says`,
    );
  }
}

function isFolder({ bucket, key, size }: ObjectVersion): boolean {
  const folder = size === 0 && key.endsWith('/');
  if (folder) debug('skipping %s: an empty object that stands for a folder', formatS3Uri(bucket, key));
  return folder;
}

function checkOrder(previous: string | undefined, key: string, { bucket, prefix }: S3Location): void {
  if (previous === undefined || compareKeys(previous, key) < 0) return;
  throw new PipeModeError(
    'S3_LIST_OUT_OF_ORDER',
    `The listing of ${formatS3Uri(bucket, prefix)} is not in the order of the keys' UTF-8 bytes: "${key}" came after ` +
      `"${previous}". Such a server may lose keys or repeat them from one page to the next. Use a general purpose ` +
      'bucket (directory buckets list in no order), or a server that lists as S3 does.',
    { key },
  );
}

function malformed(bucket: string, prefix: string, what: string): PipeModeError {
  return new PipeModeError(
    'S3_REQUEST_FAILED',
    `The server's listing of ${formatS3Uri(bucket, prefix)} ${what}. It does not speak S3 correctly; look for a proxy ` +
      'in between.',
  );
}
