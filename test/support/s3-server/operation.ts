import type { Operation } from './faults.js';
import { S3Failure } from './failure.js';

/** What a request wants, with path-style addressing: `/BUCKET/KEY?QUERY`. */
export interface Wanted {
  readonly operation: Operation;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

export function parseRequest(method: string, url: string): Wanted {
  const [path = '/', search = ''] = url.split('?');
  const [, bucket = '', ...rest] = path.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const query = new URLSearchParams(search);
  const operation = operationOf(method, key, query);
  if (bucket === '' || !operation)
    throw new S3Failure(501, 'NotImplemented', `${method} ${url} is not implemented here.`);
  return { operation, bucket: decodeURIComponent(bucket), key, query };
}

function operationOf(method: string, key: string, query: URLSearchParams): Operation | undefined {
  const upload = query.has('uploadId');
  if (key === '') {
    if (method === 'PUT') return 'CreateBucket';
    return method === 'GET' && query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
  }
  switch (method) {
    case 'GET':
      return 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return upload ? 'UploadPart' : 'PutObject';
    case 'POST':
      return upload ? 'CompleteMultipartUpload' : query.has('uploads') ? 'CreateMultipartUpload' : undefined;
    case 'DELETE':
      return upload ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return undefined;
  }
}
