/**
 * The algorithm's side of Pipe mode: reads channels and takes RecordIO apart.
 *
 * @packageDocumentation
 * @module sagemaker-pipe-mode/reader
 */
export { readEpochs, type Epoch } from './epochs.js';
export type { ReadEpochsOptions } from './options.js';
export { encodeRecord, readRecords } from './records.js';
export { PipeModeError, type PipeModeErrorCode, type PipeModeErrorDetails } from '../errors.js';
