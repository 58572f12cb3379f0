import { PipeModeError } from '../errors.js';
import { type RecordPart, recordParts, recordSize } from '../recordio/framing.js';
import { checkSize } from '../body/check-parts.js';
import { eachChunk } from '../body/each-chunk.js';
import { inflatedParts, markInflated } from '../body/inflated-parts.js';
import { streamedBody } from '../body/part-stream.js';
import { PartsBody } from '../body/parts-body.js';
import { partsLength } from '../body/parts-length.js';
import { slicePart, sliceParts } from '../body/slice-parts.js';
import type { Body, BodyPart, LocalPart } from '../body/body.js';
import { checkSourceObject } from '../source/check-source.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import { SpillBuffer } from './spill-buffer.js';
import type { Transform } from './transform.js';

/**
 * Wraps every object in one RecordIO record, as SageMaker does for `RecordWrapperType: RecordIO`.
 *
 * A record begins with its length, so an object whose size is not known beforehand (an inflated one, say)
 * is buffered: in memory as far as the channel's `prefetchBytes` allow, in a temporary file without a name in
 * `os.tmpdir()` beyond. Payloads of 2^29 bytes and more go out in parts, to be joined by concatenation.
 * Whether SageMaker does the same with such objects is not public.
 *
 * @throws {@link PipeModeError} while streaming: `SOURCE_SIZE_MISMATCH` if an object is not as long as it
 * said, `TEMPORARY_FILE_FAILED`.
 *
 * @example The same as the option recordio
 * ```ts
 * import { createChannel, recordio } from 'sagemaker-pipe-mode';
 *
 * await createChannel({
 *   name: 'training',
 *   source: './data/training',
 *   dest: './ml/input/data',
 *   transforms: [recordio()], // your own may come before it, and after it
 *   epochs: 1,
 * }).start();
 * ```
 */
export function recordio(): Transform {
  const transform: Transform = (object) => {
    checkSourceObject(object);
    checkSize(object, 'TRANSFORM_FAILED');
    return {
      key: object.key,
      size: object.size === undefined ? undefined : recordSize(object.size),
      open: (context) => wrap(object, context),
    };
  };
  ours.add(transform);
  return transform;
}

const ours = new WeakSet<Transform>();

/** Whether a transform is one of {@link recordio}'s, so that whoever knows what it does may do that instead. */
export function isRecordio(transform: Transform): boolean {
  return ours.has(transform);
}

function wrap(object: SourceObject, context: OpenContext): Body | AsyncIterable<Uint8Array> {
  const body: Body = object.open(context);
  if (object.size === undefined) {
    const wrapped = streamedBody(() => wrapUnsized(object.key, body, context));
    const inflated = inflatedParts(body);
    if (inflated && !inflated.recordio) markInflated(wrapped, { ...inflated, recordio: true });
    return wrapped;
  }
  const length = body.parts && partsLength(body.parts);
  if (length !== undefined && length !== object.size)
    throw sizeMismatch(object.key, object.size, String(length));
  const record = recordParts(object.size);
  return body.parts ? new PartsBody(wrapParts(body.parts, record)) : wrapChunks(body, record, object);
}

function wrapParts(body: readonly BodyPart[], record: readonly RecordPart[]): BodyPart[] {
  return record.flatMap(({ header, start, length, padding }) => [
    header,
    ...(record.length === 1 ? body : sliceParts(body, start, length)),
    ...(padding.length > 0 ? [padding] : []),
  ]);
}

/** Puts headers and padding around the chunks of a body, or its parts, however long they are. */
async function* wrapChunks<T extends LocalPart>(
  body: AsyncIterable<T>,
  record: readonly RecordPart[],
  { key, size }: { key: string; size?: number | undefined },
): AsyncGenerator<T | Uint8Array> {
  const parts = record.values();
  let part = parts.next().value!;
  let position = 0;
  yield part.header;
  for await (let chunk of body) {
    if (position + chunk.length > size!)
      throw sizeMismatch(key, size!, `at least ${position + chunk.length}`);
    while (position + chunk.length > part.start + part.length) {
      const length = part.start + part.length - position;
      yield slicePart(chunk, 0, length);
      position += length;
      chunk = slicePart(chunk, length, chunk.length);
      yield part.padding;
      part = parts.next().value!;
      yield part.header;
    }
    yield chunk;
    position += chunk.length;
  }
  if (position < size!) throw sizeMismatch(key, size!, String(position));
  yield part.padding;
}

async function* wrapUnsized(
  key: string,
  body: AsyncIterable<Uint8Array>,
  { memory, signal }: OpenContext,
): AsyncGenerator<LocalPart> {
  const buffer = new SpillBuffer(memory, signal);
  try {
    await eachChunk(body, (chunk) => buffer.append(chunk));
    yield* wrapChunks(buffer.drain(), recordParts(buffer.length), { key, size: buffer.length });
  } finally {
    void buffer.close(); // the channel waits for it in the end
  }
}

function sizeMismatch(key: string, expected: number, actual: string): PipeModeError {
  return new PipeModeError(
    'SOURCE_SIZE_MISMATCH',
    `Object "${key}" said that it has ${expected} bytes, and its body has ${actual}. ` +
      `Fix the source or transform that made it, or let it leave out \`size\`.`,
    { key },
  );
}
