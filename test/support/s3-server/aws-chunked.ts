import { crc32 } from 'node:zlib';

import { S3Failure } from './failure.js';

/**
 * Takes the framing `aws-chunked` off a body: `SIZE[;chunk-signature=…]\r\n DATA \r\n` …, then a chunk of size 0
 * and trailers. The SDK sends streams like this, with a checksum in the trailer.
 */
export function decodeAwsChunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = lineEnd < 0 ? NaN : parseInt(body.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size))
      throw new S3Failure(400, 'IncompleteBody', 'The body is not framed as aws-chunked.');
    at = lineEnd + 2;
    if (size === 0) break;
    chunks.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const data = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  checkTrailers(body.toString('latin1', at), data);
  return data;
}

function checkTrailers(trailers: string, data: Buffer): void {
  const expected = /x-amz-checksum-crc32:\s*(\S+)/i.exec(trailers)?.[1];
  if (expected === undefined) return;
  const found = Buffer.alloc(4);
  found.writeUInt32BE(crc32(data));
  if (found.toString('base64') === expected) return;
  throw new S3Failure(400, 'BadDigest', 'The checksum in the trailer is not that of the body.');
}
