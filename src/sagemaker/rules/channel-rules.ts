import type { RequestProblem } from '../../errors.js';
import { directoryName } from './channel-names.js';
import { oneDataSource, shuffledSource } from './data-source.js';
import { localDirectory } from './directory.js';
import { pipeOnly } from './pipe-only.js';
import type { ChannelDraft, ChannelRule } from './rule.js';
import { s3DataType, unavailableData } from './s3-data-type.js';

const RULES: readonly ChannelRule[] = [
  directoryName,
  pipeOnly,
  oneDataSource,
  localDirectory,
  shuffledSource,
  s3DataType,
  unavailableData,
];

/**
 * What is wrong with a channel, although each of its members is what it has to be. `path` is that of the channel,
 * `jobMode` the job's `TrainingInputMode`, which the channel's own overrides.
 */
export function* checkChannel(
  channel: ChannelDraft,
  path: string,
  jobMode: string | undefined,
): Iterable<RequestProblem> {
  const prefix = path === '' ? '' : `${path}.`;
  for (const rule of RULES) yield* rule(channel, prefix, channel.InputMode ?? jobMode ?? '');
}
