import type { S3Client } from '@aws-sdk/client-s3';

import { PartsBody } from '../body/parts-body.js';
import { listedAs } from '../fs/file-errors.js';
import { type ListedBatch, statusAt } from '../source/file/walk.js';
import { WALK } from '../source/file/walk-task.js';
import type { S3Location } from '../source/s3/location.js';
import { loadSdk } from '../source/s3/sdk.js';
import { iterateTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
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
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const files = filesBelow(directory, either, options.onLeftOut);
  const uploaded: string[] = [];
  let bytes = 0;
  const uploadOne = async (key: string, size: number, body: ListedFile['body']) => {
    try {
      const length = await uploadToS3(client, { bucket, key, size, body, signal: either });
      uploaded.push(key);
      return length;
    } catch (error) {
      if (error === either.reason) uploaded.push(key); // it may be there all the same
      throw error;
    }
  };
  const uploadSome = async () => {
    for await (const { key, size, body } of files) {
      const length = await uploadOne(prefix + key, size, body);
      bytes += length;
      options.onProgress?.({ entries: uploaded.length, bytes });
    }
  };
  const uploading = Array.from({ length: FILES_AT_ONCE }, () =>
    uploadSome().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(uploading);
  if (!either.aborted) return bytes;
  await remove(client, bucket, uploaded);
  throw either.reason;
}

async function* filesBelow(
  root: string,
  signal: AbortSignal,
  onLeftOut: CopyOptions['onLeftOut'],
): AsyncGenerator<ListedFile, void> {
  for await (const batch of iterateTask(ioThread, WALK, { root }, signal)) {
    for (const { path, reason } of batch.skipped)
      onLeftOut?.({ name: path.slice(root.length + 1), what: reason });
    yield* filesIn(root, batch);
  }
}

function* filesIn(root: string, { keys, statuses }: ListedBatch): Generator<ListedFile> {
  for (const [index, key] of keys.split('\0').slice(0, -1).entries()) {
    const status = statusAt(statuses, index);
    const range = { path: `${root}/${key}`, offset: 0, length: status.size, ...listedAs(status) };
    yield { key, size: status.size, body: new PartsBody([range]) };
  }
}

/** As far as that is allowed: what went wrong before is what matters. */
async function remove(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  const { DeleteObjectCommand } = loadSdk();
  for (const Key of keys)
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key })).catch(() => undefined);
}
