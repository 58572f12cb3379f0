import type { S3Access } from '../source/s3/access.js';
import type { ObjectLocation } from '../source/s3/location.js';
import { request } from '../source/s3/request.js';
import { Retries } from '../source/s3/retries.js';
import { loadSdk } from '../source/s3/sdk.js';
import { toPipeModeError } from '../source/s3/to-pipe-mode-error.js';

/**
 * Deletes an object. One that is not there is deleted.
 *
 * @throws {@link PipeModeError} `S3_…`; the signal's reason
 */
export async function deleteFromS3(
  access: S3Access,
  { bucket, key }: ObjectLocation,
  signal: AbortSignal,
): Promise<void> {
  const { DeleteObjectCommand } = loadSdk();
  const command = new DeleteObjectCommand({ Bucket: bucket, Key: key });
  const retries = new Retries(signal);
  for (;;) {
    try {
      await request((abortSignal) => access.client.send(command, { abortSignal }), signal);
      return;
    } catch (error) {
      if (await retries.shouldRetry(error)) continue;
      throw await toPipeModeError(error, { operation: 'delete', bucket, key, access });
    }
  }
}
