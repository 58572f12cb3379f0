import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { join } from 'node:path';

import { type Destination, readDestination } from '../../../artifacts/destination.js';
import { writeLocalFile } from '../../../artifacts/local-file.js';
import { uploadToS3 } from '../../../artifacts/s3-upload.js';
import { Connection, type Lease } from '../../../source/s3/connection.js';
import { formatS3Uri } from '../../../source/s3/uri.js';
import { checkFileName } from './output-key.js';

/** An output that cannot be written where it is to be: no other one can, then. */
export class OutputFailure extends Error {
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}

/** What is written at once, in bytes: answers may be short. */
const BLOCK_BYTES = 256 * 1024;

/** Where outputs go. Each appears as a whole, in the place of one that is there, or not at all. */
export class OutputStore {
  readonly #destination: Destination;
  readonly #connection: Connection;
  #lease: Promise<Lease> | undefined;

  /** @param path - an `s3://` URI or a path */
  constructor(path: string, s3: S3Client | S3ClientConfig | undefined) {
    this.#destination = readDestination(path);
    this.#connection = new Connection({ s3 });
  }

  /** Where an output is to be. */
  locationOf(outputKey: string): string {
    const destination = this.#destination;
    if (destination.kind === 'local') return join(destination.path, outputKey);
    return formatS3Uri(destination.bucket, destination.prefix + outputKey);
  }

  /**
   * Writes an output, and says how many bytes it has.
   *
   * @throws {@link OutputFailure}; {@link PipeModeError} `UNSAFE_KEY`; what the chunks throw; the signal's reason
   */
  async write(outputKey: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    const destination = this.#destination;
    if (destination.kind === 'local') checkFileName(outputKey, destination.path);
    let ownError: { readonly error: unknown } | undefined;
    const blocks = inBlocks(chunks, (error) => (ownError = { error }));
    try {
      return await this.#write(outputKey, blocks, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (ownError !== undefined) throw ownError.error;
      throw new OutputFailure(error as Error);
    }
  }

  async #write(outputKey: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    const destination = this.#destination;
    if (destination.kind === 'local') return await writeLocalFile(body, join(destination.path, outputKey));
    // Not given up with the signal: what was uploaded has to be removed.
    const lease = await (this.#lease ??= this.#connection.lease(new AbortController().signal));
    const { bucket, prefix } = destination;
    return await uploadToS3(lease.client, { bucket, key: prefix + outputKey, body, signal });
  }

  async close(): Promise<void> {
    const lease = await this.#lease?.catch(() => undefined);
    lease?.release();
    this.#connection.close();
  }
}

/** The same bytes in larger pieces. What they fail with is told. */
async function* inBlocks(
  chunks: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      pieces.push(chunk);
      bytes += chunk.length;
      if (bytes < BLOCK_BYTES) continue;
      yield Buffer.concat(pieces);
      pieces = [];
      bytes = 0;
    }
  } catch (error) {
    onError(error);
    throw error;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}
