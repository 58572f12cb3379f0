import { failureOf } from '../../delivery/failure.js';
import type { SourceObject } from '../../source/source.js';
import type { Transform } from '../../transform/transform.js';
import { leaveBody } from '../../flow/iterate-body.js';
import { answersInOrder, type Answered } from './answers-in-order.js';
import { type Asking, AskingFailure } from './asking.js';
import { AnswerProblem, type DataProcessing } from './data-processing/data-processing.js';
import { invalidAnswer, invalidInput, RequestFailure } from './object-failure.js';
import { outputKeyOf } from './output/output-key.js';
import { OutputFailure, type OutputStore } from './output/output-store.js';
import { numberedRecords } from './records/numbered-records.js';
import { type Payload, payloadsOf } from './records/payloads.js';
import { RecordProblem } from './records/record.js';
import { splitterFor } from './records/splitter-for.js';
import type { Slots } from './slots.js';

/** How the objects of a job are transformed: the same for all. */
export interface ObjectTransformOptions {
  readonly asking: Asking;
  readonly slots: Slots;
  readonly store: OutputStore;
  /** Nothing for objects that are not compressed. */
  readonly transforms: readonly Transform[];
  readonly splitType: string | undefined;
  readonly isSingle: boolean;
  /** How long a payload may be, in bytes; `undefined` if that is unbounded. */
  readonly mostBytes: number | undefined;
  readonly processing: DataProcessing | undefined;
  /** Whether every answer ends with a newline. */
  readonly addsNewlines: boolean;
  /** Told of everything that is dealt with. */
  readonly onAnswer: (done: { readonly records: number; readonly objectBytes: number }) => void;
}

/** What came of an object. */
export interface TransformedObject {
  readonly records: number;
  /** What was read of it, after decompression. */
  readonly inputBytes: number;
  readonly outputBytes: number;
}

const NEWLINE = 10;
const NEWLINE_BYTES = Buffer.from('\n');

/** One time that an object is sent as one request. */
interface Attempt {
  /** How many bytes of the object were read for it. */
  bytes: number;
  /** What reading the object has failed with. */
  failure?: { readonly error: unknown };
}

/** Nothing that is opened here asks for memory to be reserved: what is held is bounded by the slots. */
const MEMORY = { tryReserve: () => true, release: () => undefined };

/** Sends one object to the servers of a job, payload by payload, and writes the answers, in order, into its output. */
export class ObjectTransform {
  readonly #options: ObjectTransformOptions;
  readonly #object: SourceObject;
  #records = 0;
  #inputBytes = 0;

  constructor(object: SourceObject, options: ObjectTransformOptions) {
    this.#object = object;
    this.#options = options;
  }

  /** @throws {@link RequestFailure}, {@link RecordError}, {@link PipeModeError}; the signal's reason */
  async run(signal: AbortSignal): Promise<TransformedObject> {
    const { mostBytes, isSingle, splitType } = this.#options;
    const isOneRequest = mostBytes === undefined && (!isSingle || splitType === 'None');
    const outputBytes = await (isOneRequest ? this.#runStreamed(signal) : this.#runInPayloads(signal));
    return { records: this.#records, inputBytes: this.#inputBytes, outputBytes };
  }

  /** Payloads that are held, many at once. */
  async #runInPayloads(signal: AbortSignal): Promise<number> {
    const { store } = this.#options;
    return await store.write(outputKeyOf(this.#object), this.#answers(signal), signal);
  }

  async *#answers(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { slots, splitType, isSingle, mostBytes = Infinity, processing, onAnswer } = this.#options;
    const { key } = this.#object;
    const batching = {
      isSingle,
      mostBytes,
      filter: processing?.filterInputs,
      keepsSources: processing?.joins === true,
    };
    const open = (either: AbortSignal) =>
      payloadsOf(key, numberedRecords(key, this.#open(either), splitterFor(splitType, mostBytes)), batching);
    const ask = (payload: Payload, either: AbortSignal) => this.#ask(payload, either);
    for await (const { payload, bytes } of answersInOrder(open, ask, { slots, signal })) {
      yield* this.#assembled(bytes);
      this.#records += payload.records;
      this.#inputBytes += payload.objectBytes;
      onAnswer(payload);
    }
  }

  /** @throws {@link RequestFailure}; the signal's reason */
  async #ask(payload: Payload, signal: AbortSignal): Promise<Answered> {
    const { asking, processing } = this.#options;
    try {
      const { value: answer, attempts } = await asking.ask(payload.bytes, signal);
      if (processing === undefined || processing.keepsAnswers) return { payload, bytes: answer };
      try {
        return { payload, bytes: processing.filterOutput(answer, payload.sources) };
      } catch (error) {
        if (error instanceof AnswerProblem)
          throw new AskingFailure(attempts, invalidAnswer(this.#object.key, error.message));
        if (error instanceof RecordProblem)
          throw new AskingFailure(attempts, invalidInput(this.#object.key, error.message));
        throw error;
      }
    } catch (error) {
      throw error instanceof AskingFailure ? new RequestFailure(payload, error.attempts, error.cause) : error;
    }
  }

  /** API reference, TransformOutput: "To add a newline character at the end of every transformed record, specify Line." */
  *#assembled(answer: Uint8Array): Iterable<Uint8Array> {
    if (answer.length > 0) yield answer;
    if (this.#options.addsNewlines && answer.at(-1) !== NEWLINE) yield NEWLINE_BYTES;
  }

  /** The whole object as one request, whose answer is written as it comes: neither is held. What has failed begins anew. */
  async #runStreamed(signal: AbortSignal): Promise<number> {
    const { asking, slots } = this.#options;
    const { key } = this.#object;
    const giveBack = await slots.take(signal);
    const attempts: Attempt[] = [];
    try {
      const { value } = await asking.retrying(async (isRetry) => {
        const attempt: Attempt = { bytes: 0 };
        attempts.push(attempt);
        return await this.#attempt(attempt, isRetry, signal);
      }, signal);
      return value;
    } catch (error) {
      if (!(error instanceof AskingFailure)) throw error;
      const { failure } = attempts.at(-1)!;
      if (failure !== undefined) throw failure.error;
      if (error.cause instanceof OutputFailure) throw error.cause;
      const payload = { place: { key, index: 0, offset: 0 }, records: 1 };
      throw new RequestFailure(payload, error.attempts, error.cause);
    } finally {
      giveBack();
    }
  }

  /** Says how many bytes its output has. */
  async #attempt(attempt: Attempt, isRetry: boolean, signal: AbortSignal): Promise<number> {
    const { store, onAnswer } = this.#options;
    try {
      const written = this.#streamed(attempt, isRetry, signal);
      const outputBytes = await store.write(outputKeyOf(this.#object), written, signal);
      this.#inputBytes = attempt.bytes;
      this.#records = attempt.bytes === 0 ? 0 : 1;
      onAnswer({ records: this.#records, objectBytes: 0 });
      return outputBytes;
    } catch (error) {
      onAnswer({ records: 0, objectBytes: -attempt.bytes });
      throw attempt.failure === undefined ? error : attempt.failure.error; // which no other attempt would be spared
    }
  }

  async *#streamed(attempt: Attempt, isRetry: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const leaving = new AbortController();
    const body = readBy(this.#open(AbortSignal.any([signal, leaving.signal])), attempt);
    try {
      const first = await body.next();
      if (first.done) return; // an object without any bytes has an output without any
      const answer = await this.#options.asking.stream(
        this.#counted(first.value, body, attempt),
        isRetry,
        signal,
      );
      let last: number | undefined;
      for await (const chunk of answer) {
        last = chunk.at(-1) ?? last;
        yield chunk;
      }
      if (this.#options.addsNewlines && last !== NEWLINE) yield NEWLINE_BYTES;
    } finally {
      // Also if nobody has begun to send it, or the source does not answer.
      leaving.abort();
      await leaveBody(body);
    }
  }

  async *#counted(
    first: Uint8Array,
    rest: AsyncIterator<Uint8Array, void>,
    attempt: Attempt,
  ): AsyncGenerator<Uint8Array> {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined;) {
      attempt.bytes += chunk.length;
      this.#options.onAnswer({ records: 0, objectBytes: chunk.length });
      yield chunk;
      const next: IteratorResult<Uint8Array, void> = await rest.next();
      chunk = next.done ? undefined : next.value;
    }
  }

  /** What the object holds. @throws {@link PipeModeError} */
  async *#open(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { key } = this.#object;
    try {
      const { transforms } = this.#options;
      const opened = transforms.reduce((before, transform) => transform(before), this.#object);
      for await (const chunk of opened.open({ signal, memory: MEMORY })) if (chunk.length > 0) yield chunk;
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key });
    }
  }
}

/** The same chunks; a failure to read them is noted. */
async function* readBy(chunks: AsyncIterable<Uint8Array>, attempt: Attempt): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    attempt.failure = { error };
    throw error;
  }
}
