import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { S3Failure } from './failure.js';
import type { Fault, Faults, Operation } from './faults.js';
import { listObjectsV2 } from './list.js';
import { parseRequest, type Wanted } from './operation.js';
import { getObject, headObject } from './read-object.js';
import { sendRange, type Throttle } from './send-body.js';
import { type Credentials, verifySignature } from './signature.js';
import { Bucket } from './store.js';
import { bytesContent } from './content.js';
import { write } from './write-object.js';
import { xmlError } from './xml.js';

/** A request, as it was received. */
export interface SeenRequest {
  readonly operation: Operation;
  readonly bucket: string;
  readonly key: string;
  readonly range: string | undefined;
}

/** What a server knows and how it behaves. */
export interface ServerState {
  readonly buckets: Map<string, Bucket>;
  readonly credentials: Credentials;
  readonly region: string;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly seen: SeenRequest[];
}

/** Answers one request, with S3's own kind of error if it cannot. */
export async function handle(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-amz-request-id', randomUUID());
  try {
    const wanted = parseRequest(request.method ?? '', request.url ?? '/');
    state.seen.push({ ...wanted, range: request.headers.range });
    const fault = state.faults.take(wanted.operation, wanted.key || undefined);
    if (fault?.kind === 'answer') throw new S3Failure(fault.status, fault.code, 'A fault on demand.');
    if (state.throttle.latencyMs) await wait(state.throttle.latencyMs);
    await answer(state, wanted, request, response, fault);
  } catch (error) {
    await sendFailure(request, response, error);
  }
}

async function answer(
  state: ServerState,
  wanted: Wanted,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const { operation, bucket: name, key, query } = wanted;
  const region = verifySignature(request, state.credentials);
  if (operation === 'CreateBucket') {
    if (!state.buckets.has(name)) state.buckets.set(name, new Bucket(state.region));
    response.writeHead(200, { location: `/${name}` }).end();
    return;
  }
  const bucket = findBucket(state, name, region);
  if (bucket.requesterPays && request.headers['x-amz-request-payer'] !== 'requester')
    throw new S3Failure(403, 'AccessDenied', 'Access Denied');
  if (operation === 'GetObject') {
    await getObject(bucket.get(key), request.headers, response, state.throttle, fault);
  } else if (operation === 'HeadObject') {
    headObject(bucket.get(key), request.headers, response);
  } else if (operation === 'ListObjectsV2') {
    const content = bytesContent(Buffer.from(listObjectsV2(name, bucket, query)));
    const headers = { 'content-type': 'application/xml' };
    await sendRange(
      response,
      { status: 200, headers, content, start: 0, end: content.size },
      state.throttle,
      fault,
    );
  } else if (fault?.kind === 'reset') {
    request.socket.resetAndDestroy();
  } else {
    const { status, etag, xml } = await write(wanted, bucket, request);
    if (etag !== undefined) response.setHeader('etag', etag);
    if (xml !== undefined) response.setHeader('content-type', 'application/xml');
    response.writeHead(status).end(xml);
  }
}

function findBucket(state: ServerState, name: string, region: string): Bucket {
  const bucket = state.buckets.get(name);
  if (!bucket)
    throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
  if (bucket.region === region) return bucket;
  const message = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
  throw new S3Failure(
    301,
    'PermanentRedirect',
    message,
    { Bucket: name },
    { 'x-amz-bucket-region': bucket.region },
  );
}

async function sendFailure(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): Promise<void> {
  // A body that failed half-way can only be broken off; a client that left is not there to be told.
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const failure = error instanceof S3Failure ? error : new S3Failure(500, 'InternalError', String(error));
  const requestId = String(response.getHeader('x-amz-request-id'));
  const xml = xmlError({
    Code: failure.code,
    Message: failure.message,
    ...failure.fields,
    RequestId: requestId,
  });
  const body = Buffer.from(request.method === 'HEAD' ? '' : xml);
  // The connection can be used again only if what it still carries has been read.
  if (!request.complete) {
    request.resume();
    // Whoever leaves in the middle of it need not be told.
    try {
      if (!request.readableEnded) await once(request, 'end');
    } catch {
      response.destroy();
      return;
    }
  }
  response.writeHead(failure.status, {
    ...failure.headers,
    'content-type': 'application/xml',
    'content-length': body.length,
  });
  response.end(body);
}
