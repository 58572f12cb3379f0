import { areFiles, markInflated } from '../body/inflated-parts.js';
import { areLocal } from '../body/local-parts.js';
import { packParts } from '../body/packed-parts.js';
import { PipeModeError } from '../errors.js';
import type { Body } from '../body/body.js';
import { checkSourceObject } from '../source/check-source.js';
import type { OpenContext, SourceObject } from '../source/source.js';
import { askAhead, type RunningTask, startTask } from '../workers/run-task.js';
import { computeThread } from '../workers/threads.js';
import { INFLATE } from './inflate/inflate-task.js';
import type { InflateInput, InflateOutput } from './inflate/inflater.js';
import type { Transform } from './transform.js';

/** As much is copied for the thread at once: a chunk may be large. */
const PIECE_BYTES = 1024 * 1024;

const made = new WeakSet<Transform>();

/**
 * Decompresses every object, as SageMaker does for `CompressionType: Gzip`: gzip with one member or several.
 * Runs in threads of our own, one object at a time in each. An object that is not gzip, is corrupt or is cut
 * off fails the channel, and the error names its key. An object of no bytes at all (Spark's `_SUCCESS`, say) is an
 * empty object. An object that says of itself that it is not `compressed` passes as it is.
 *
 * @throws {@link PipeModeError} while streaming: `GZIP_INVALID`, `GZIP_TRUNCATED`.
 *
 * @example The same as the options gunzip and recordio
 * ```ts
 * import { gzipSync } from 'node:zlib';
 * import { createChannel, gunzip, recordio } from 'sagemaker-pipe-mode';
 *
 * await createChannel({
 *   name: 'training',
 *   source: [{ key: 'a.csv.gz', body: gzipSync('1,2\n') }],
 *   dest: './ml/input/data',
 *   transforms: [gunzip(), recordio()], // your own may come before them, between them and after them
 *   epochs: 1,
 * }).start();
 * ```
 */
export function gunzip(): Transform {
  const transform: Transform = (object) => {
    checkSourceObject(object);
    if (object.compressed === false || object.size === 0) return object;
    return { key: object.key, open: (context) => open(object, context) };
  };
  made.add(transform);
  return transform;
}

/** Whether a transform is `gunzip()`, which threads can do while they write. */
export function isGunzip(transform: Transform | undefined): boolean {
  return transform !== undefined && made.has(transform);
}

function open(object: SourceObject, context: OpenContext): AsyncIterable<Uint8Array> {
  const body: Body = object.open(context);
  const inflated = inflate(object, body, context);
  if (body.parts && areFiles(body.parts)) markInflated(inflated, { parts: body.parts, recordio: false });
  return inflated;
}

async function* inflate(object: SourceObject, body: Body, context: OpenContext): AsyncGenerator<Uint8Array> {
  const parts = body.parts && areLocal(body.parts) ? packParts(body.parts) : undefined;
  const task = startTask(computeThread, INFLATE, { parts }, context.signal);
  try {
    yield* parts ? inflateSteps(task) : inflatePushed(task, body);
  } catch (error) {
    throw nameGzipKey(error, object.key);
  } finally {
    await task.close();
  }
}

/** The thread reads the file itself; one step is asked for ahead. */
async function* inflateSteps(
  task: RunningTask<InflateOutput, InflateInput | undefined>,
): AsyncGenerator<Uint8Array> {
  for await (const { chunk } of askAhead(task, () => undefined)) yield chunk;
}

async function* inflatePushed(
  task: RunningTask<InflateOutput, InflateInput | undefined>,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      yield* inflateInput(task, { chunk: piece, last: false });
    }
  }
  yield* inflateInput(task, { chunk: new Uint8Array(0), last: true });
}

async function* inflateInput(
  task: RunningTask<InflateOutput, InflateInput | undefined>,
  input: InflateInput,
): AsyncGenerator<Uint8Array> {
  // A copy that owns its memory, which what `slice()` makes of a Buffer does not: sending a view would send, and take
  // away, all that it is a view of.
  const chunk = new Uint8Array(input.chunk);
  let step = await task.next({ chunk, last: input.last }, [chunk.buffer]);
  for (;;) {
    if (step.done) return;
    if (step.value.chunk.length > 0) yield step.value.chunk;
    if (step.value.needsInput) return;
    step = await task.next(undefined);
  }
}

/** Completes what is wrong with an object with what it is called, if it is the object. */
export function nameGzipKey(error: unknown, key: string): unknown {
  if (!(error instanceof PipeModeError) || !error.code.startsWith('GZIP_')) return error;
  return new PipeModeError(
    error.code,
    `Object "${key}" ${error.message}. Upload or copy it again, or leave \`gunzip\` out if the objects are not compressed (in a request, \`CompressionType\`).`,
    { key, cause: error.cause },
  );
}
