import { createHash } from 'node:crypto';

import { compareKeys } from '../../../src/source/key-order.js';
import { bytesContent, type Content, joinedContent } from './content.js';
import { S3Failure } from './failure.js';

export interface StoredObject {
  readonly key: string;
  readonly content: Content;
  /** In quotes, as in the header. */
  readonly etag: string;
  readonly modified: Date;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, StoredObject>;
}

/** A bucket and what is in it, and the multipart uploads that are under way. */
export class Bucket {
  readonly region: string;
  /** Whether requests have to agree to pay. */
  readonly requesterPays: boolean;
  readonly #objects = new Map<string, StoredObject>();
  readonly #uploads = new Map<string, Upload>();
  #sorted: StoredObject[] | undefined;

  constructor(region: string, requesterPays = false) {
    this.region = region;
    this.requesterPays = requesterPays;
  }

  /** @throws NoSuchKey */
  get(key: string): StoredObject {
    const object = this.#objects.get(key);
    if (!object) throw new S3Failure(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
    return object;
  }

  putBytes(key: string, bytes: Uint8Array): StoredObject {
    return this.put(key, bytesContent(bytes), `"${md5(bytes).toString('hex')}"`);
  }

  put(key: string, content: Content, etag: string): StoredObject {
    const object = { key, content, etag, modified: new Date() };
    this.#objects.set(key, object);
    this.#sorted = undefined;
    return object;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sorted = undefined;
  }

  /** In the order of the keys' UTF-8 bytes. */
  sorted(): readonly StoredObject[] {
    this.#sorted ??= [...this.#objects.values()].sort((a, b) => compareKeys(a.key, b.key));
    return this.#sorted;
  }

  beginUpload(key: string): string {
    const id = `upload-${this.#uploads.size + 1}-${Date.now()}`;
    this.#uploads.set(id, { key, parts: new Map() });
    return id;
  }

  putPart(id: string, number: number, bytes: Uint8Array): StoredObject {
    const { key, parts } = this.#upload(id);
    const etag = `"${md5(bytes).toString('hex')}"`;
    const part = { key, content: bytesContent(bytes), etag, modified: new Date() };
    parts.set(number, part);
    return part;
  }

  completeUpload(id: string, numbers: readonly number[]): StoredObject {
    const { key, parts } = this.#upload(id);
    const chosen = numbers.map((number) => {
      const part = parts.get(number);
      if (!part) throw new S3Failure(400, 'InvalidPart', `There is no part ${number}.`);
      return part;
    });
    this.#uploads.delete(id);
    const digests = Buffer.concat(chosen.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex')));
    const etag = `"${md5(digests).toString('hex')}-${chosen.length}"`;
    return this.put(key, joinedContent(chosen.map(({ content }) => content)), etag);
  }

  abortUpload(id: string): void {
    this.#uploads.delete(id);
  }

  #upload(id: string): Upload {
    const upload = this.#uploads.get(id);
    if (!upload)
      throw new S3Failure(404, 'NoSuchUpload', 'The specified upload does not exist.', { UploadId: id });
    return upload;
  }
}

function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
