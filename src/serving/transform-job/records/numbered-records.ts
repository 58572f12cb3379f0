import { PipeModeError } from '../../../errors.js';
import { type InputRecord, RecordProblem, type Splitter } from './record.js';

/** Records that follow each other, and where the first one stands. */
export interface NumberedRecords {
  readonly records: readonly InputRecord[];
  /** Counted from 0. */
  readonly index: number;
  /** Where it begins, in bytes. */
  readonly offset: number;
}

/** Where something stands in an object. */
export interface Place {
  readonly key: string;
  /** Counted from 0. */
  readonly index: number;
  /** In bytes. */
  readonly offset: number;
}

/** A record that is wrong, with its place. */
export class RecordError extends PipeModeError {
  readonly place: Place;

  constructor(place: Place, problem: RecordProblem) {
    const { key, index, offset } = place;
    const message = `Record ${index} of "${key}" (counted from 0), at byte ${offset}: ${problem.message}.`;
    super(problem.code, message, { key });
    this.place = place;
  }

  static override [Symbol.hasInstance](value: unknown): value is RecordError {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** The records of an object, as many at a time as a chunk completes. @throws {@link RecordError} */
export async function* numberedRecords(
  key: string,
  body: AsyncIterable<Uint8Array>,
  splitter: Splitter,
): AsyncGenerator<NumberedRecords, void> {
  let index = 0;
  let offset = 0;
  const take = (next: () => InputRecord | undefined): NumberedRecords => {
    const first = { index, offset };
    const records: InputRecord[] = [];
    try {
      for (let record = next(); record !== undefined; record = next()) {
        records.push(record);
        index++;
        offset += record.end - record.start;
      }
    } catch (error) {
      throw error instanceof RecordProblem ? new RecordError({ key, index, offset }, error) : error;
    }
    return { records, ...first };
  };
  for await (const chunk of body) {
    splitter.push(chunk);
    yield take(() => splitter.next());
  }
  let end: (() => InputRecord | undefined) | undefined = () => splitter.end();
  yield take(() => {
    const last = end?.();
    end = undefined;
    return last;
  });
}
