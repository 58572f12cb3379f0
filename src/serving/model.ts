import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { unpackArchive, type UnpackOptions } from '../archive/unpack/unpack-archive.js';
import { copyToLocal } from '../artifacts/local-copy.js';
import { createChannel } from '../channel/create-channel.js';
import { isS3 } from '../options/s3-form.js';
import type { ModelLocation } from '../sagemaker/endpoint-request.js';
import { Connection } from '../source/s3/connection.js';
import { openUnlisted } from '../source/s3/open-unlisted.js';
import { parseS3Uri } from '../source/s3/uri.js';
import type { ResolvedLimits } from './limits.js';
import { modelNotFound } from './serving-errors.js';

/** What it takes to get a model. */
interface Getting {
  readonly s3: S3Client | S3ClientConfig | undefined;
  readonly limits: Pick<ResolvedLimits, 'maxModelBytes' | 'maxModelEntries'>;
  readonly signal: AbortSignal;
}

/**
 * Puts a model into a directory that is not there yet: an archive unpacked, a directory copied, so that whatever a server does
 * to it, the original stays as it is.
 *
 * @throws {@link PipeModeError} `MODEL_NOT_FOUND`, `ARCHIVE_…`, `S3_…`, `SOURCE_…`; the signal's reason
 */
export async function placeModel(
  model: ModelLocation | undefined,
  directory: string,
  getting: Getting,
): Promise<void> {
  const { signal } = getting;
  if (model === undefined) {
    await mkdir(directory);
    return;
  }
  const { location, kind } = model;
  if (isS3(location)) {
    const isPrefix = kind === 'files' || (kind === 'any' && location.endsWith('/'));
    await (isPrefix ? fetchFiles(location, directory, getting) : fetchArchive(location, directory, getting));
    return;
  }
  const what = await whatIsAt(location, kind !== 'trained');
  if (what === 'directory' && kind !== 'archive')
    await copyToLocal(await realpath(location), directory, { signal });
  else if (what === 'file' && (kind === 'any' || kind === 'archive'))
    await unpackArchive(location, directory, unpackOptions(getting));
  else throw modelNotFound(location, `there is a ${what}`);
}

async function whatIsAt(path: string, followsLinks: boolean): Promise<string> {
  try {
    const stats = followsLinks ? await stat(path) : await lstat(path);
    if (stats.isDirectory()) return 'directory';
    return stats.isFile() ? 'file' : 'link or device';
  } catch (error) {
    throw modelNotFound(path, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

function unpackOptions({ limits: { maxModelBytes, maxModelEntries }, signal }: Getting): UnpackOptions {
  return { maxBytes: maxModelBytes, maxEntries: maxModelEntries, signal };
}

async function fetchArchive(uri: string, directory: string, getting: Getting): Promise<void> {
  const { s3, signal } = getting;
  const { bucket, prefix: key } = parseS3Uri(uri);
  const connection = new Connection({ s3 });
  try {
    const access = await connection.lease(signal);
    try {
      const { body } = await openUnlisted(access, { bucket, key }, signal);
      try {
        await unpackArchive(body as AsyncIterable<Uint8Array>, directory, unpackOptions(getting));
      } finally {
        body.destroy();
      }
    } finally {
      access.release();
    }
  } finally {
    connection.close();
  }
}

/** As a channel in File mode delivers them, with all its care for keys that no file can have. */
async function fetchFiles(uri: string, directory: string, { s3, signal }: Getting): Promise<void> {
  const download = `${directory}.download`;
  const channel = createChannel({
    name: 'model',
    source: uri,
    dest: download,
    inputMode: 'File',
    s3,
    signal,
  });
  try {
    await channel.start();
    await rename(join(download, 'model'), directory);
  } finally {
    await channel.stop();
    await rm(download, { recursive: true, force: true });
  }
}
