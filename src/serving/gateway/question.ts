import type { IncomingMessage } from 'node:http';

import { INVOCATION_HEADERS } from '../../sagemaker/invocation.js';
import type { InvocationOptions } from '../invocation/options.js';
import type { InvocationBody } from '../invocation/payload.js';
import type { Operation } from './route.js';

/** An invocation that came by HTTP. */
export interface Question {
  readonly body: InvocationBody;
  readonly options: InvocationOptions;
}

/** What is asked: the headers that the API knows, and the body as it comes. What else the headers have goes no further. */
export function questionOf(request: IncomingMessage, operation: Operation): Question {
  const contentLength = lengthOf(request);
  return {
    body: contentLength === 0 ? '' : bodyOf(request),
    options: { ...textsOf(request, operation), contentLength },
  };
}

/** The texts of {@link InvocationOptions}, by what the headers are called. */
function textsOf({ headers }: IncomingMessage, operation: Operation): InvocationOptions {
  const texts: Record<string, string> = {};
  for (const [member, { header }] of Object.entries(INVOCATION_HEADERS)) {
    const value = headers[nameOf(header, operation)];
    if (typeof value === 'string') texts[`${member[0]!.toLowerCase()}${member.slice(1)}`] = value;
  }
  return texts;
}

/** AWS's model of the API: with a response stream `Accept` has another name, for the answer is an event stream. */
function nameOf(header: string, operation: Operation): string {
  const isOther = header === 'Accept' && operation === 'InvokeEndpointWithResponseStream';
  return isOther ? 'x-amzn-sagemaker-accept' : header.toLowerCase();
}

/** `undefined` if nobody knows. A request that says nothing of a body has none. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  if (headers['content-length'] !== undefined) return Number(headers['content-length']);
  return headers['transfer-encoding'] === undefined ? 0 : undefined;
}

/** Whoever stops reading leaves the connection as it is: the answer goes the same way. */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } finally {
    request.resume(); // the rest is of no use to anybody, but the next request comes after it
  }
}
