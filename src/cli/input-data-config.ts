import { resolve } from 'node:path';

import type { ChannelDefinition } from 'sagemaker-pipe-mode';

import { fieldOf, readDocument } from './document.js';
import { UsageError } from './usage-error.js';

/** What a document says of a training job's input. */
export interface InputDocument {
  readonly channels: readonly ChannelDefinition[];
  /** The job's `TrainingInputMode`, if the document is that of a whole job. */
  readonly inputMode: string | undefined;
}

/**
 * Reads `InputDataConfig` from a document in JSON or YAML: a list of channels as AWS describes them, or something that
 * has one as its `InputDataConfig`, such as a request for `CreateTrainingJob`.
 *
 * @throws UsageError
 */
export async function readInputDataConfig(file: string): Promise<InputDocument> {
  const document = await readDocument(file);
  const config = Array.isArray(document) ? document : fieldOf(document, 'InputDataConfig');
  if (!Array.isArray(config) || config.length === 0) {
    const found = config === undefined ? 'is not there' : 'is no list of channels';
    const what = Array.isArray(document) ? 'The list of channels is empty' : `InputDataConfig ${found}`;
    throw new UsageError(
      `${what} in ${resolve(file)}. Expected a list of channels, as in CreateTrainingJob, or a document with such a list ` +
        'as its InputDataConfig.',
    );
  }
  const mode = fieldOf(fieldOf(document, 'AlgorithmSpecification'), 'TrainingInputMode');
  return { channels: config as ChannelDefinition[], inputMode: typeof mode === 'string' ? mode : undefined };
}

/** The channels of these names; all of them if none is named. */
export function selectChannels(
  channels: readonly ChannelDefinition[],
  names: readonly string[] = [],
): readonly ChannelDefinition[] {
  const known = channels.map((channel) => String(fieldOf(channel, 'ChannelName')));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `InputDataConfig has no channel "${unknown}". Its channels are ${known.join(', ')}.`,
    );
  }
  return names.length === 0 ? channels : channels.filter((_, index) => names.includes(known[index]!));
}
