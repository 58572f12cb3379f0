import type { S3Client } from '@aws-sdk/client-s3';
import { relative } from 'node:path';

import { PartsBody } from '../body/parts-body.js';
import { listedAs } from '../fs/file-errors.js';
import type { SeenDirectory } from '../fs/follow-inside.js';
import type { S3Location } from '../source/s3/location.js';
import { loadSdk } from '../source/s3/sdk.js';
import { iterateTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
import { FILES_INSIDE } from './files-inside-task.js';
import { forEachAtOnce } from './for-each-at-once.js';
import { uploadToS3 } from './s3-upload.js';

export interface CopyOptions {
  /** What links may lead to: a directory above, or the directory itself. */
  readonly within: SeenDirectory;
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
 * Uploads every file below a directory under a prefix. There are no links in S3: what one leads to is uploaded, as whoever
 * has made it sees that, and one that leads elsewhere is left out. If it fails, what was uploaded is removed.
 *
 * @throws {@link PipeModeError} `S3_…`, `SOURCE_…`; the signal's reason
 */
export async function copyToS3(
  client: S3Client,
  directory: string,
  { bucket, prefix }: S3Location,
  { within, signal, ...options }: CopyOptions,
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
  const list = (either: AbortSignal) => filesBelow(directory, within, either, options.onLeftOut);
  try {
    await forEachAtOnce(FILES_AT_ONCE, signal, list, upload);
    return bytes;
  } catch (error) {
    await remove(client, bucket, uploaded);
    throw error;
  }
}

async function* filesBelow(
  directory: string,
  within: SeenDirectory,
  signal: AbortSignal,
  onLeftOut: CopyOptions['onLeftOut'],
): AsyncGenerator<ListedFile, void> {
  const listed = { within, folder: relative(within.directory, directory) };
  for await (const batch of iterateTask(ioThread, FILES_INSIDE, listed, signal))
    for (const found of batch) {
      if ('reason' in found) {
        onLeftOut?.({ name: found.key, what: found.reason });
        continue;
      }
      const { key, path, status } = found;
      const range = { path, offset: 0, length: status.size, ...listedAs(status) };
      yield { key, size: status.size, body: new PartsBody([range]) };
    }
}

/** As far as that is allowed: what went wrong before is what matters. */
async function remove(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  const { DeleteObjectCommand } = loadSdk();
  for (const Key of keys)
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key })).catch(() => undefined);
}
