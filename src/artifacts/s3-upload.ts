import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';

import { onAbort } from '../abort/on-abort.js';
import { requireLater } from '../require-later.js';
import type { ObjectLocation } from '../source/s3/location.js';
import { request } from '../source/s3/request.js';
import { Retries } from '../source/s3/retries.js';
import { loadSdk } from '../source/s3/sdk.js';
import { toPipeModeError } from '../source/s3/to-pipe-mode-error.js';

type LibStorage = typeof import('@aws-sdk/lib-storage');

export interface UploadPlan extends ObjectLocation {
  readonly body: AsyncIterable<Uint8Array>;
  /** In bytes, if it is known: a part has to be so large that 10,000 of them are enough. */
  readonly size?: number | undefined;
  readonly signal: AbortSignal;
}

/** Parts that are under way at a time. With their size, this is the memory that an upload takes. */
const PARTS_AT_ONCE = 3;
/** For the 80 GB that 10,000 parts may have in all. */
const PART_BYTES = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;
/** A part takes its time on a slow line. */
const STALL_MS = 600_000;
/** How long an answer is waited for after an abort: it says whether there is something to remove. */
const GRACE_MS = 5_000;

/** How much memory an upload takes at most, in bytes. */
export function uploadMemory(size: number): number {
  return Math.min(size, PARTS_AT_ONCE * partBytes(size));
}

/**
 * Uploads bytes as one object, in parts if they are many, and says how many they were. If it fails or is aborted, the
 * parts are removed from the server.
 *
 * @throws {@link PipeModeError} `S3_…`; what the body throws; the signal's reason
 */
export async function uploadToS3(client: S3Client, plan: UploadPlan): Promise<number> {
  const { Upload } = requireLater('@aws-sdk/lib-storage') as LibStorage;
  const { bucket, key, body, size = 0, signal } = plan;
  const upload = new UploadInProgress(client);
  const unwatch = onAbort(signal, () => upload.fail(signal.reason));
  try {
    if (signal.aborted) upload.fail(signal.reason);
    await new Upload({
      client: upload.client,
      params: { Bucket: bucket, Key: key, Body: Readable.from(upload.metered(body), { highWaterMark: 1 }) },
      queueSize: PARTS_AT_ONCE,
      partSize: partBytes(size),
    }).done();
    return upload.bytes;
  } catch (error) {
    const first = upload.failure?.reason ?? error;
    if (signal.aborted && first === signal.reason) throw first;
    if (upload.isBodys) throw first;
    const access = { client, requestPayer: undefined };
    throw await toPipeModeError(first, { operation: 'write', bucket, key, access });
  } finally {
    unwatch();
  }
}

function partBytes(size: number): number {
  return Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));
}

/**
 * The library passes no signal on, lets the other parts go on when one has failed, and does not wait for the end of an
 * upload that it aborts: so all that it sends goes through here.
 */
class UploadInProgress {
  readonly #client: S3Client;
  readonly #stop = new AbortController();
  #failure: { readonly reason: unknown } | undefined;
  isBodys = false;
  bytes = 0;

  constructor(client: S3Client) {
    this.#client = client;
  }

  get failure(): { readonly reason: unknown } | undefined {
    return this.#failure;
  }

  /** What the library uses of a client. */
  get client(): S3Client {
    const send = (command: object) => this.#send(command);
    return { config: this.#client.config, send } as unknown as S3Client;
  }

  /** The first reason counts: the others follow from it. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#stop.abort(reason);
  }

  async *metered(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        this.#stop.signal.throwIfAborted();
        this.bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.isBodys ||= this.#failure === undefined;
      this.fail(error);
      throw error;
    }
  }

  async #send(command: object): Promise<unknown> {
    const sdk = loadSdk();
    const isAbort = command instanceof sdk.AbortMultipartUploadCommand;
    if (!isAbort) this.#stop.signal.throwIfAborted();
    // Of what is begun and given up it would not be known whether it has happened, or which upload there is to abort.
    const isPart = command instanceof sdk.UploadPartCommand;
    using until = isPart ? undefined : gracefully(this.#stop.signal);
    const signal = until?.signal ?? this.#stop.signal;
    const send = (abortSignal: AbortSignal) => this.#client.send(command as never, { abortSignal });
    const retries = new Retries(signal);
    for (;;) {
      try {
        return await request(send, signal, undefined, STALL_MS);
      } catch (error) {
        if (await this.#shouldRetry(retries, error)) continue;
        this.fail(error);
        throw error;
      }
    }
  }

  async #shouldRetry(retries: Retries, error: unknown): Promise<boolean> {
    try {
      return await retries.shouldRetry(error);
    } catch {
      return false; // aborted
    }
  }
}

/** A signal that follows another one after a while. */
function gracefully(signal: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(() => controller.abort(signal.reason), GRACE_MS);
  };
  const unwatch = onAbort(signal, begin);
  if (signal.aborted) begin();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      unwatch();
      clearTimeout(timer);
    },
  };
}
