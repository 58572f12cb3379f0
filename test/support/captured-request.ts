import { Readable } from 'node:stream';

import type { S3ClientConfig } from '@aws-sdk/client-s3';

type RequestHandler = NonNullable<S3ClientConfig['requestHandler']>;

/** A request, as a client would have sent it. */
export interface CapturedRequest {
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What sends no request anywhere, but keeps it, and answers every one with an empty listing: for hosts that cannot be
 * had in a test.
 */
export function captureRequests(): {
  requests: CapturedRequest[];
  requestHandler: RequestHandler;
} {
  const requests: CapturedRequest[] = [];
  const handle = (request: CapturedRequest) => {
    requests.push(request);
    const body = Readable.from([
      Buffer.from('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'),
    ]);
    return Promise.resolve({ response: { statusCode: 200, headers: {}, body } });
  };
  return { requests, requestHandler: { handle } };
}
