import type * as typedEmitter from 'typed-emitter';

import type { LogEvent } from '../../logs/log-event.js';
import type { ObjectFailure } from './object-failure.js';
import type { TransformJobStatus } from './transform-job-status.js';

/** How far a job is. */
export interface TransformProgress {
  /** Objects whose outputs are written. */
  readonly objects: number;
  /** Objects that have no output. */
  readonly failedObjects: number;
  /** Records whose answers are written, or are about to be. */
  readonly records: number;
  /** What they had in their objects, in bytes, after decompression. */
  readonly inputBytes: number;
  /** What is in outputs that are written, in bytes. */
  readonly outputBytes: number;
  /** Requests that were sent, also those that were sent again. */
  readonly requests: number;
  /** Requests that were sent again. */
  readonly retries: number;
}

/** A job has come to another status. */
export interface TransformStatusEvent {
  /** The `TransformJobStatus`. */
  readonly status: TransformJobStatus;
  /** When it did. */
  readonly time: Date;
}

/** The output of an object is written. */
export interface ObjectTransformedEvent {
  /** The object's key. */
  readonly key: string;
  /** Where its output is: an `s3://` URI, or a path. */
  readonly output: string;
  /** How many records it has. */
  readonly records: number;
  /** What was read of it, in bytes, after decompression. */
  readonly inputBytes: number;
  /** What its output has, in bytes. */
  readonly outputBytes: number;
}

/** The events of a {@link TransformJob}, and what their listeners are given. */
export type TransformJobEvents = {
  /** The job has come to another status. */
  status: (event: TransformStatusEvent) => void;
  /** Answers were written, or an object is done. */
  progress: (progress: TransformProgress) => void;
  /** The output of an object is where it is to be. */
  object: (event: ObjectTransformedEvent) => void;
  /** An object has no output, and will have none. */
  objectFailed: (failure: ObjectFailure) => void;
  /** A server has written a line. It is in the log file by now. */
  log: (event: LogEvent) => void;
};

/** What emits those events: an `EventEmitter` of Node's whose listeners have types. */
export type TransformJobEmitter = typedEmitter.default<TransformJobEvents>;
