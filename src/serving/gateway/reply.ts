import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

import type { InvocationAnswer } from '../invocation/answer.js';
import type { ApiError } from './api-error.js';
import { EVENT_STREAM, partsOf } from './event-stream.js';

/** Sends an answer as `InvokeEndpoint` does: as it comes, with the headers that the API has. Resolves when it is sent. */
export async function sendAnswer(response: ServerResponse, answer: InvocationAnswer): Promise<void> {
  const { contentType, newSessionId, closedSessionId, headers } = answer;
  response.writeHead(200, {
    ...without({
      'content-type': contentType,
      'content-length': headers['content-length'],
      'x-amzn-sagemaker-new-session-id': newSessionId,
      'x-amzn-sagemaker-closed-session-id': closedSessionId,
    }),
    ...sharedHeaders(answer),
  });
  await pipeline(answer, response);
}

/**
 * The same as `InvokeEndpointWithResponseStream` does. An answer that breaks off is told in the stream, and thrown then.
 *
 * @throws what the answer's body fails with
 */
export async function sendEvents(response: ServerResponse, answer: InvocationAnswer): Promise<void> {
  response.writeHead(200, {
    'content-type': EVENT_STREAM,
    ...without({ 'x-amzn-sagemaker-content-type': answer.contentType }),
    ...sharedHeaders(answer),
  });
  response.flushHeaders();
  let failure: { readonly error: unknown } | undefined;
  await pipeline(
    partsOf(answer, (error) => (failure = { error })),
    response,
  );
  if (failure !== undefined) throw failure.error;
}

/** Says what is wrong, if it is not too late for that. */
export function sendError(response: ServerResponse, { type, status, body }: ApiError): void {
  if (response.headersSent || response.destroyed) return;
  response.setHeader('x-amzn-errortype', type);
  sendJson(response, status, body);
}

export function sendJson(response: ServerResponse, status: number, value: object): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sharedHeaders({ invokedProductionVariant, customAttributes }: InvocationAnswer) {
  return without({
    'x-amzn-invoked-production-variant': invokedProductionVariant,
    'x-amzn-sagemaker-custom-attributes': customAttributes,
  });
}

/** Only the headers that there are. */
function without(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined),
  );
}
