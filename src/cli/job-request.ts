import type { TrainingJobRequest } from 'sagemaker-pipe-mode/training';

import { fieldOf, nameOfDocument, readDocument } from './document.js';
import { UsageError } from './usage-error.js';

/** What the command line says instead of the document. */
export interface RequestOverrides {
  readonly hyperparameter?: readonly string[];
}

/**
 * Reads the request of a training job, in the shape of `CreateTrainingJob`. Whether it is one is for the library to check.
 *
 * @throws UsageError
 */
export async function readJobRequest(
  file: string,
  { hyperparameter = [] }: RequestOverrides,
): Promise<TrainingJobRequest> {
  const document = (await readDocument(file)) ?? {}; // an empty document asks for nothing
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new UsageError(`${nameOfDocument(file)} is no request: expected members such as InputDataConfig.`);
  }
  if (hyperparameter.length === 0) return document;
  const overrides = parametersOf(hyperparameter);
  const given = fieldOf(document, 'HyperParameters') ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) return document; // which the library refuses
  return { ...document, HyperParameters: { ...given, ...overrides } };
}

function parametersOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`Expected --hyperparameter NAME=VALUE, got "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
