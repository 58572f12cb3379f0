import { PipeModeError, type RequestProblem } from '../../src/errors.js';
import { type ResolveOptions, resolveTrainingRequest } from '../../src/sagemaker/resolve-training-request.js';

/** What is wrong with a request: nothing, if it is taken. */
export function problemsOf(request: unknown, options?: ResolveOptions): readonly RequestProblem[] {
  try {
    resolveTrainingRequest(request, options);
    return [];
  } catch (error) {
    if (error instanceof PipeModeError && error.code === 'INVALID_REQUEST') return error.problems!;
    throw error;
  }
}
