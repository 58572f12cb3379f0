import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { Connection } from '../../source/s3/connection.js';
import { downloadRange } from '../../source/s3/download.js';
import { listObjects } from '../../source/s3/list.js';
import type { ObjectVersion, S3Location } from '../../source/s3/location.js';
import { deleteFromS3 } from '../s3-delete.js';
import { uploadMemory, uploadToS3 } from '../s3-upload.js';
import type { CheckpointStore, FileToStore, StoredFile } from './checkpoint-store.js';
import { Room } from './room.js';

/** What uploads may hold in memory together, however many there are: one large file, whose parts go at once, or many small ones. */
const UPLOAD_BYTES = 32 * 1024 * 1024;

/** Checkpoints below an S3 prefix. */
export class S3Store implements CheckpointStore {
  readonly #location: S3Location;
  readonly #connection: Connection;
  readonly #room = new Room(UPLOAD_BYTES);

  constructor(location: S3Location, s3: S3Client | S3ClientConfig | undefined) {
    this.#location = location;
    this.#connection = new Connection({ s3 });
  }

  open(): void {
    // listing tells whether there is such a bucket
  }

  async *list(signal: AbortSignal): AsyncGenerator<StoredFile> {
    const lease = await this.#connection.lease(signal);
    try {
      for await (const version of listObjects(lease, this.#location, signal)) yield this.#storedFile(version);
    } finally {
      lease.release();
    }
  }

  async write({ key, size, body }: FileToStore, signal: AbortSignal): Promise<void> {
    const { bucket, prefix } = this.#location;
    await this.#room.hold(uploadMemory(size), async () => {
      // Not given up with the signal: what was uploaded of parts has to be removed.
      const lease = await this.#connection.lease(new AbortController().signal);
      try {
        await uploadToS3(lease.client, { bucket, key: prefix + key, size, body, signal });
      } finally {
        lease.release();
      }
    });
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    const { bucket, prefix } = this.#location;
    const lease = await this.#connection.lease(signal);
    try {
      await deleteFromS3(lease, { bucket, key: prefix + key }, signal);
    } finally {
      lease.release();
    }
  }

  close(): void {
    this.#connection.close();
  }

  #storedFile(version: ObjectVersion): StoredFile {
    const { key, size, modified } = version;
    const read: StoredFile['read'] = (start, end, signal) => this.#download(version, start, end, signal);
    return { key: key.slice(this.#location.prefix.length), size, modified, read };
  }

  async *#download(
    version: ObjectVersion,
    start: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const lease = await this.#connection.lease(signal);
    try {
      yield* downloadRange(lease, version, start, end, signal);
    } finally {
      lease.release();
    }
  }
}
