import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { join } from 'node:path';

import { packDirectory } from '../archive/pack/pack-directory.js';
import type { SeenDirectory } from '../fs/follow-inside.js';
import { Connection, type Lease } from '../source/s3/connection.js';
import type { S3Location } from '../source/s3/location.js';
import { formatS3Uri } from '../source/s3/uri.js';
import { artifactAborted } from './artifact-errors.js';
import { readDestination } from './destination.js';
import { copyToLocal } from './local-copy.js';
import { writeLocalFile } from './local-file.js';
import { copyToS3 } from './s3-copy.js';
import { uploadToS3 } from './s3-upload.js';

interface ArtifactProgress {
  /** Files, directories and links that were dealt with. */
  readonly entries: number;
  /** What the files among them hold, in bytes. */
  readonly bytes: number;
}

/** What could not be put into the artifact: a socket, a FIFO, a device, a link to what is not the program's. */
interface LeftOutOfArtifact {
  readonly name: string;
  readonly what: string;
}

export interface ArtifactOptions {
  /** What SageMaker calls it: `model`, `output`. */
  readonly name: string;
  /** `OutputDataConfig`'s CompressionType. Default: `GZIP`, one `<name>.tar.gz`. `NONE`: every file, below `<name>/`. */
  readonly compression?: 'GZIP' | 'NONE' | undefined;
  /**
   * What the links in the directory may lead to where there are none, which is in S3 without an archive: a directory
   * above it, as whoever has made them sees that. Default: the directory itself.
   */
  readonly within?: SeenDirectory | undefined;
  /** How hard to compress: 0 to 9. Default: 4. */
  readonly level?: number | undefined;
  /** A client, or the configuration of one, as for sources. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ArtifactProgress) => void) | undefined;
}

export interface Artifact {
  /** The archive or, if it is not compressed, the directory or prefix, which ends with a slash then. */
  readonly location: string;
  /** What was written there, in bytes. */
  readonly bytes: number;
  readonly leftOut: readonly LeftOutOfArtifact[];
}

/**
 * Writes a directory to where SageMaker would put it, below a directory of this machine or an S3 prefix. It appears as a
 * whole; after a failure nothing of it is left. A `<name>.tar.gz` that is there is replaced; a local directory is only if
 * it is empty, because its files may be somebody's.
 *
 * @throws {@link PipeModeError} `ARTIFACT_NOT_WRITTEN`, `ARCHIVE_SOURCE_UNREADABLE`, `ARCHIVE_SOURCE_CHANGED`, `S3_…`,
 * `ABORTED`, `INVALID_OPTION`
 */
export async function writeArtifact(
  directory: string,
  destination: string,
  {
    name,
    compression = 'GZIP',
    within = { directory, base: directory },
    level,
    s3,
    signal = new AbortController().signal,
    onProgress,
  }: ArtifactOptions,
): Promise<Artifact> {
  const { location, write } = placeFor(readDestination(destination), name, compression, s3);
  const leftOut: LeftOutOfArtifact[] = [];
  const onLeftOut = (each: LeftOutOfArtifact) => leftOut.push(each);
  try {
    signal.throwIfAborted();
    return {
      location,
      bytes: await write(directory, { within, level, signal, onProgress, onLeftOut }),
      leftOut,
    };
  } catch (error) {
    throw signal.aborted && error === signal.reason ? artifactAborted(location, signal) : error;
  }
}

interface WriteOptions {
  readonly within: SeenDirectory;
  readonly level: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: ArtifactProgress) => void) | undefined;
  readonly onLeftOut: (leftOut: LeftOutOfArtifact) => void;
}

interface Place {
  readonly location: string;
  /** Says how many bytes it has written. */
  readonly write: (directory: string, options: WriteOptions) => Promise<number>;
}

function placeFor(
  destination: ReturnType<typeof readDestination>,
  name: string,
  compression: 'GZIP' | 'NONE',
  s3: S3Client | S3ClientConfig | undefined,
): Place {
  const isArchive = compression === 'GZIP';
  const file = isArchive ? `${name}.tar.gz` : `${name}/`;
  if (destination.kind === 'local') {
    const location = join(destination.path, file);
    const write: Place['write'] = isArchive
      ? (directory, options) => writeLocalFile(packDirectory(directory, options), location)
      : (directory, options) => copyToLocal(directory, join(destination.path, name), options);
    return { location, write };
  }
  const { bucket, prefix } = destination;
  const at: S3Location = { bucket, prefix: prefix + file };
  return {
    location: formatS3Uri(bucket, at.prefix),
    write: (directory, options) => writeToS3(directory, at, s3, { ...options, isArchive }),
  };
}

async function writeToS3(
  directory: string,
  at: S3Location,
  s3: S3Client | S3ClientConfig | undefined,
  { isArchive, ...options }: WriteOptions & { readonly isArchive: boolean },
): Promise<number> {
  const connection = new Connection({ s3 });
  let lease: Lease | undefined;
  try {
    // Not given up with the signal: what was uploaded has to be removed.
    lease = await connection.lease(new AbortController().signal);
    const { client } = lease;
    if (!isArchive) return await copyToS3(client, directory, at, options);
    const { bucket, prefix: key } = at;
    const body = packDirectory(directory, options);
    return await uploadToS3(client, { bucket, key, body, signal: options.signal });
  } finally {
    lease?.release();
    connection.close();
  }
}
