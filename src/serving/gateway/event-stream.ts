import { requireLater } from '../../require-later.js';
import { ModelError } from '../model-error.js';

type EventStreams = typeof import('@smithy/core/event-streams');
type Codec = InstanceType<EventStreams['EventStreamCodec']>;

/** The kind of body that AWS's event streams are. */
export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

let codec: Codec | undefined;

/**
 * An answer as a `ResponseStream` of the runtime API: a `PayloadPart` for each piece of it as it comes. One that breaks off ends
 * with a `ModelStreamError`.
 *
 * @param onFailure - told what it has broken off with
 */
export async function* partsOf(
  answer: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const Bytes of answer) {
      yield encode({ ':message-type': 'event', ':event-type': 'PayloadPart', ':content-type': BYTES }, Bytes);
    }
  } catch (error) {
    onFailure(error);
    const body = Buffer.from(
      JSON.stringify({ ErrorCode: errorCodeOf(error), Message: (error as Error).message }),
    );
    yield encode(
      { ':message-type': 'exception', ':exception-type': 'ModelStreamError', ':content-type': JSON_TYPE },
      body,
    );
  }
}

const BYTES = 'application/octet-stream';
const JSON_TYPE = 'application/json';

/** The two that there are (API reference, ResponseStream). */
function errorCodeOf(error: unknown): string {
  return error instanceof ModelError ? 'ModelInvocationTimeExceeded' : 'StreamBroken';
}

function encode(headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }] as const);
  return loadCodec().encode({ headers: Object.fromEntries(typed), body });
}

/** Loaded with the first answer that is streamed. */
function loadCodec(): Codec {
  if (codec !== undefined) return codec;
  const { EventStreamCodec } = requireLater('@smithy/core/event-streams') as EventStreams;
  const toText = (bytes: Uint8Array | string) => Buffer.from(bytes as Uint8Array).toString();
  return (codec = new EventStreamCodec(toText, (text) => Buffer.from(text)));
}
