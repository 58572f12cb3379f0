import { PipeModeError } from '../../errors.js';
import { ModelError } from '../model-error.js';
import { oneLine } from './one-line.js';
import { type Place, RecordError } from './records/numbered-records.js';
import type { Payload } from './records/payloads.js';

/** Why an object has no output. */
export interface ObjectFailure {
  /** The object's key. */
  readonly key: string;
  /** Where in the object: the first record of the request that has failed, counted from 0. `undefined` of all of it. */
  readonly record: number | undefined;
  /** How many records that request had. */
  readonly records: number;
  /** Where that record begins, in bytes, after decompression. */
  readonly offset: number | undefined;
  /** What the server has answered with the last time: 0 if it did not answer, `undefined` if it was not asked. */
  readonly originalStatusCode: number | undefined;
  /** What it has said, the first 2,048 characters. */
  readonly originalMessage: string | undefined;
  /** How often it was asked. */
  readonly attempts: number;
  /** What went wrong. */
  readonly error: Error;
  /** All of this in one line: the object, the record and where it begins, and what went wrong. */
  readonly message: string;
}

/** A request that has failed for good. */
export class RequestFailure extends Error {
  readonly payload: Pick<Payload, 'place' | 'records'>;
  readonly attempts: number;
  override readonly cause: Error;

  constructor(payload: Pick<Payload, 'place' | 'records'>, attempts: number, cause: Error) {
    super(cause.message);
    this.payload = payload;
    this.attempts = attempts;
    this.cause = cause;
  }
}

/** What an object has failed with, in order. */
export function objectFailure(key: string, error: unknown): ObjectFailure {
  if (error instanceof RecordError) return failureAt(key, error.place, { records: 1, attempts: 0, error });
  if (!(error instanceof RequestFailure)) {
    const own = error instanceof Error ? error : new Error(String(error));
    return failureAt(key, undefined, { records: 0, attempts: 0, error: own });
  }
  const { payload, attempts, cause } = error;
  return failureAt(key, payload.place, { records: payload.records, attempts, error: cause });
}

function failureAt(
  key: string,
  place: Place | undefined,
  { records, attempts, error }: Pick<ObjectFailure, 'records' | 'attempts' | 'error'>,
): ObjectFailure {
  const isOfModel = error instanceof ModelError;
  const failure = {
    key,
    record: place?.index,
    records,
    offset: place?.offset,
    originalStatusCode: isOfModel ? error.originalStatusCode : undefined,
    originalMessage: isOfModel ? error.originalMessage : undefined,
    attempts,
    error,
  };
  return { ...failure, message: inWords(failure) };
}

function inWords(failure: Omit<ObjectFailure, 'message'>): string {
  const { key, record, records, offset, attempts, error } = failure;
  const text = oneLine(error.message);
  if (record === undefined || error instanceof RecordError)
    return text.includes(key) ? text : `"${key}": ${text}`;
  const which = records === 1 ? `record ${record}` : `records ${record} to ${record + records - 1}`;
  const tried = attempts > 1 ? ` Asked ${attempts} times.` : '';
  return `"${key}", ${which} (counted from 0), at byte ${offset}: ${text}${tried}`;
}

/** An answer that cannot be used. @param problem - a clause, to follow `the answer`. */
export function invalidAnswer(key: string, problem: string): PipeModeError {
  const message = `The answer cannot be used: ${problem}.`;
  return new PipeModeError('ANSWER_INVALID', message, { key });
}

/** A record that was sent as it is, and cannot be joined. @param problem - a clause */
export function invalidInput(key: string, problem: string): PipeModeError {
  return new PipeModeError('RECORD_INVALID', `What was sent cannot be joined: ${problem}.`, { key });
}
