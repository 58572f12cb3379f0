import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { ModelError } from '../model-error.js';
import { oneLine } from './one-line.js';

/** What `DescribeTransformJob` has (AWS's model of the API, `FailureReason`). */
const MOST_CHARACTERS = 1024;

/** What the model is to blame for. */
const OF_ALGORITHM = new Set<PipeModeErrorCode>([
  'ENDPOINT_FAILED',
  'ENDPOINT_TIMED_OUT',
  'INVOCATION_FAILED',
  'INVOCATION_TIMED_OUT',
  'CONNECT_TIMED_OUT',
  'ANSWER_INVALID',
]);

/**
 * The `FailureReason` of a job. Those of the service begin with `ClientError` where the model has answered 4xx or the data is
 * wrong, and with `AlgorithmError` where the model has failed (aws/amazon-sagemaker-examples#1620 and #852, aws/deep-learning-containers#586).
 */
export function failureReason(error: Error): string {
  const text = `${isOfAlgorithm(error) ? 'AlgorithmError' : 'ClientError'}: ${oneLine(error.message)}`;
  return Array.from(text).slice(0, MOST_CHARACTERS).join('');
}

function isOfAlgorithm(error: Error): boolean {
  if (error instanceof ModelError && error.code === 'MODEL_ERROR') return error.originalStatusCode >= 500;
  return error instanceof PipeModeError && OF_ALGORITHM.has(error.code);
}
