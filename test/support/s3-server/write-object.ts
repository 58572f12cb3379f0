import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { decodeAwsChunked } from './aws-chunked.js';
import { S3Failure } from './failure.js';
import type { Bucket } from './store.js';
import type { Wanted } from './operation.js';
import { xmlDocument } from './xml.js';

/** What a write answers: a document, or an ETag, or nothing. */
export interface Written {
  readonly status: number;
  readonly etag?: string;
  readonly xml?: string;
}

/** Everything that changes a bucket. */
export async function write(wanted: Wanted, bucket: Bucket, request: IncomingMessage): Promise<Written> {
  const { operation, key, query } = wanted;
  const id = query.get('uploadId') ?? '';
  switch (operation) {
    case 'PutObject':
      return { status: 200, etag: bucket.putBytes(key, await bodyOf(request)).etag };
    case 'DeleteObject':
      bucket.delete(key);
      return { status: 204 };
    case 'CreateMultipartUpload': {
      const fields = { Bucket: wanted.bucket, Key: key, UploadId: bucket.beginUpload(key) };
      return { status: 200, xml: xmlDocument('InitiateMultipartUploadResult', fields) };
    }
    case 'UploadPart':
      return {
        status: 200,
        etag: bucket.putPart(id, Number(query.get('partNumber')), await bodyOf(request)).etag,
      };
    case 'CompleteMultipartUpload': {
      const numbers = [...(await bodyOf(request)).toString().matchAll(/<PartNumber>(\d+)</g)].map(([, n]) =>
        Number(n),
      );
      const { etag } = bucket.completeUpload(id, numbers);
      return {
        status: 200,
        xml: xmlDocument('CompleteMultipartUploadResult', { Bucket: wanted.bucket, Key: key, ETag: etag }),
      };
    }
    case 'AbortMultipartUpload':
      bucket.abortUpload(id);
      return { status: 204 };
    default:
      throw new S3Failure(501, 'NotImplemented', `${operation} is not a write.`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const body = await buffer(request);
  const announced = request.headers['x-amz-decoded-content-length'];
  if (announced === undefined) return body;
  const decodedLength = Number(announced);
  const decoded = decodeAwsChunked(body);
  if (decoded.length !== decodedLength) {
    throw new S3Failure(
      400,
      'IncompleteBody',
      `The body has ${decoded.length} bytes, announced were ${decodedLength}.`,
    );
  }
  return decoded;
}
