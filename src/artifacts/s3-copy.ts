import type { S3Client } from '@aws-sdk/client-s3';

import { PartsBody } from '../body/parts-body.js';
import { listedAs } from '../fs/file-errors.js';
import { filesOf } from '../source/file/walk.js';
import { WALK } from '../source/file/walk-task.js';
import type { S3Location } from '../source/s3/location.js';
import { loadSdk } from '../source/s3/sdk.js';
import { iterateTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
import { forEachAtOnce } from './for-each-at-once.js';
import { uploadToS3 } from './s3-upload.js';

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Called after every file. */
  readonly onProgress?: ((progress: { entries: number; bytes: number }) => void) | undefined;
  readonly onLeftOut?: ((leftOut: { readonly name: string; readonly what: string }) => void) | undefined;
}

/** Files that are uploaded at a time. */
const FILES_AT_ONCE = 4;

/** A file to upload, as it was listed. */
interface ListedFile {
  readonly key: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Uploads every file below a directory under a prefix. There are no links in S3: what one leads to is uploaded. If it
 * fails, what was uploaded is removed.
 *
 * @throws {@link PipeModeError} `S3_…`, `SOURCE_…`; the signal's reason
 */
export async function copyToS3(
  client: S3Client,
  directory: string,
  { bucket, prefix }: S3Location,
  { signal, ...options }: CopyOptions,
): Promise<number> {
  const uploaded: string[] = [];
  let bytes = 0;
  const upload = async ({ key, size, body }: ListedFile, either: AbortSignal) => {
    try {
      const length = await uploadToS3(client, { bucket, key: prefix + key, size, body, signal: either });
      bytes += length;
      uploaded.push(prefix + key);
    } catch (error) {
      if (error === either.reason) uploaded.push(prefix + key); // it may be there all the same
      throw error;
    }
    options.onProgress?.({ entries: uploaded.length, bytes });
  };
  const list = (either: AbortSignal) => filesBelow(directory, either, options.onLeftOut);
  try {
    await forEachAtOnce(FILES_AT_ONCE, signal, list, upload);
    return bytes;
  } catch (error) {
    await remove(client, bucket, uploaded);
    throw error;
  }
}

async function* filesBelow(
  root: string,
  signal: AbortSignal,
  onLeftOut: CopyOptions['onLeftOut'],
): AsyncGenerator<ListedFile, void> {
  for await (const batch of iterateTask(ioThread, WALK, { root }, signal)) {
    for (const { path, reason } of batch.skipped)
      onLeftOut?.({ name: path.slice(root.length + 1), what: reason });
    for (const { key, status } of filesOf(batch)) {
      const range = { path: `${root}/${key}`, offset: 0, length: status.size, ...listedAs(status) };
      yield { key, size: status.size, body: new PartsBody([range]) };
    }
  }
}

/** As far as that is allowed: what went wrong before is what matters. */
async function remove(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  const { DeleteObjectCommand } = loadSdk();
  for (const Key of keys)
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key })).catch(() => undefined);
}
