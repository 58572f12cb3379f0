import { type NumberedRecords, type Place, RecordError } from './numbered-records.js';
import { contentOf, type InputRecord, RecordProblem, tooLarge } from './record.js';

/** What is sent in one request. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** Where its first record stands. */
  readonly place: Place;
  /** How many records of the object it has. */
  readonly records: number;
  /** How many bytes of the object these are. */
  readonly objectBytes: number;
  /** The records that an answer is joined with, if it is. */
  readonly sources: readonly Uint8Array[];
}

/** How records become payloads. */
export interface Batching {
  readonly isSingle: boolean;
  /** How long a payload may be, in bytes. */
  readonly mostBytes: number;
  /**
   * What is sent instead of each of some records; `undefined` of one that is not sent at all.
   *
   * @throws {@link RecordProblem} of one of them
   */
  readonly filter: ((contents: readonly Uint8Array[]) => (Uint8Array | undefined)[]) | undefined;
  /** Whether to keep the records beside what is sent of them. */
  readonly keepsSources: boolean;
}

const NEWLINE = Buffer.from('\n');

/** A part of some bytes. */
interface Range {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A payload that is being filled. */
class Batch {
  readonly #pieces: Range[] = [];
  readonly #sources: Uint8Array[] = [];
  readonly #place: Place;
  #records = 0;
  #objectBytes = 0;
  #length = 0;
  #sourceBytes = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** @param sent - all of it, or a part */
  add(record: InputRecord, sent: Range, keepsSource: boolean): void {
    this.#records++;
    this.#objectBytes += record.end - record.start;
    this.#length += sent.end - sent.start;
    if (keepsSource) {
      const source = contentOf(record);
      this.#sourceBytes += source.length;
      this.#sources.push(source);
    }
    const last = this.#pieces.at(-1);
    // A million lines of a chunk are one piece of it.
    if (last?.bytes === sent.bytes && last.end === sent.start)
      this.#pieces[this.#pieces.length - 1] = { bytes: sent.bytes, start: last.start, end: sent.end };
    else this.#pieces.push(sent);
  }

  /** Whether another one would be too much: to send, or to keep. */
  isFullFor(record: InputRecord, sent: Range, mostBytes: number): boolean {
    const sources = this.#sourceBytes + record.contentEnd - record.contentStart;
    return (
      this.#length + sent.end - sent.start > mostBytes || (this.#sources.length > 0 && sources > mostBytes)
    );
  }

  toPayload(): Payload {
    const pieces = this.#pieces.map(({ bytes, start, end }) => bytes.subarray(start, end));
    return {
      bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces),
      place: this.#place,
      records: this.#records,
      objectBytes: this.#objectBytes,
      sources: this.#sources,
    };
  }
}

/**
 * As many records in each payload as it can have, or one. With `MultiRecord` they are sent as they stand in the object, so that
 * the payloads of an object, joined, are the object; with `SingleRecord` without newline or frame (API reference, TransformInput:
 * "padding is removed if the value of BatchStrategy is set to SingleRecord").
 *
 * @throws {@link RecordError}
 */
export async function* payloadsOf(
  key: string,
  batches: AsyncIterable<NumberedRecords>,
  batching: Batching,
): AsyncGenerator<Payload, void> {
  const { isSingle, mostBytes, keepsSources } = batching;
  let batch: Batch | undefined;
  for await (const { records, index: first, offset: begin } of batches) {
    const together = sentTogether(records, batching);
    let offset = begin;
    for (const [at, record] of records.entries()) {
      const place = { key, index: first + at, offset };
      offset += record.end - record.start;
      const sent = together === undefined ? sentAlone(record, batching, place) : together[at];
      if (sent === undefined) continue;
      const length = sent.end - sent.start;
      if (length > mostBytes) throw new RecordError(place, tooLarge(mostBytes, length));
      if (batch !== undefined && (isSingle || batch.isFullFor(record, sent, mostBytes))) {
        yield batch.toPayload();
        batch = undefined;
      }
      batch ??= new Batch(place);
      batch.add(record, sent, keepsSources);
    }
  }
  if (batch !== undefined) yield batch.toPayload();
}

/** What is sent of each record, if anything; `undefined` if one of them is wrong. */
function sentTogether(
  records: readonly InputRecord[],
  batching: Batching,
): readonly (Range | undefined)[] | undefined {
  try {
    return sentOf(records, batching);
  } catch (error) {
    if (error instanceof RecordProblem) return undefined;
    throw error;
  }
}

/** The same for one record. @throws {@link RecordError} */
function sentAlone(record: InputRecord, batching: Batching, place: Place): Range | undefined {
  try {
    return sentOf([record], batching)[0];
  } catch (error) {
    throw error instanceof RecordProblem ? new RecordError(place, error) : error;
  }
}

/** A line that is filtered keeps its newline, if it is one of several. @throws {@link RecordProblem} */
function sentOf(records: readonly InputRecord[], { isSingle, filter }: Batching): (Range | undefined)[] {
  if (filter === undefined) return records.map((record) => asItIs(record, isSingle));
  const filtered = filter(records.map(contentOf));
  return records.map(({ end, contentEnd }, at) => {
    const sent = filtered[at];
    if (sent === undefined) return undefined;
    const bytes = isSingle || end === contentEnd ? sent : Buffer.concat([sent, NEWLINE]);
    return { bytes, start: 0, end: bytes.length };
  });
}

function asItIs({ bytes, start, end, contentStart, contentEnd }: InputRecord, isSingle: boolean): Range {
  return isSingle ? { bytes, start: contentStart, end: contentEnd } : { bytes, start, end };
}
