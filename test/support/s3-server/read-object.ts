import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import { S3Failure } from './failure.js';
import type { Fault } from './faults.js';
import { sendRange, type Throttle } from './send-body.js';
import type { StoredObject } from './store.js';

/** GetObject, with `Range` and `If-Match`. */
export async function getObject(
  object: StoredObject,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
  throttle: Throttle,
  fault: Fault | undefined,
): Promise<void> {
  const { content } = object;
  const conditions = fault?.kind === 'ignoreConditions' ? {} : headers;
  checkMatch(object, conditions);
  const range = parseRange(conditions.range, content.size);
  const partial = range ? { 'content-range': `bytes ${range.start}-${range.end - 1}/${content.size}` } : {};
  const { start, end } = range ?? { start: 0, end: content.size };
  const status = range ? 206 : 200;
  await sendRange(
    response,
    { status, headers: { ...headersOf(object), ...partial }, content, start, end },
    throttle,
    fault,
  );
}

/** HeadObject. */
export function headObject(
  object: StoredObject,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
): void {
  checkMatch(object, headers);
  response.writeHead(200, { ...headersOf(object), 'content-length': object.content.size }).end();
}

function headersOf({ etag, modified }: StoredObject): Record<string, string> {
  return {
    etag,
    'last-modified': modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  };
}

function checkMatch({ etag }: StoredObject, headers: IncomingHttpHeaders): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*' || wanted === etag || `"${wanted}"` === etag) return;
  const message = 'At least one of the pre-conditions you specified did not hold';
  throw new S3Failure(412, 'PreconditionFailed', message, { Condition: 'If-Match' });
}

function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (start < end) return { start, end };
  throw new S3Failure(416, 'InvalidRange', 'The requested range is not satisfiable', {
    ActualObjectSize: String(size),
  });
}
