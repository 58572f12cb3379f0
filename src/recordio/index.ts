/**
 * The data format of SageMaker's built-in algorithms, `application/x-recordio-protobuf`: makes training data and
 * reads it back.
 *
 * @packageDocumentation
 * @module sagemaker-pipe-mode/recordio
 */
export { decodeRecordProtobuf } from './protobuf/decode.js';
export { encodeRecordProtobuf } from './protobuf/encode.js';
export type {
  BytesInput,
  DecodedBytes,
  DecodedRecord,
  DecodedTensor,
  DecodedValue,
  RecordInput,
  TensorIndices,
  TensorInput,
  TensorValues,
  ValueInput,
} from './protobuf/record.js';
export { PipeModeError, type PipeModeErrorCode, type PipeModeErrorDetails } from '../errors.js';
