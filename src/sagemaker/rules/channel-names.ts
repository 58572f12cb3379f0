import { clash, type NamedChannel } from '../../channel/name-clash.js';
import { refused } from '../problems.js';
import type { ChannelRule, RequestDraft, RequestRule } from './rule.js';

/**
 * The name is the channel's path below /opt/ml/input/data, and its key in inputdataconfig.json (Developer Guide, How Amazon
 * SageMaker Provides Training Information).
 */
export const distinctChannels: RequestRule = function* ({ InputDataConfig = [] }) {
  const names = InputDataConfig.map((channel) => channel.ChannelName);
  for (const [index, name] of names.entries()) {
    const other = names.indexOf(name);
    if (typeof name !== 'string' || other === index) continue;
    const reason = `InputDataConfig[${other}] has the same name. Each channel needs one of its own.`;
    yield refused(`InputDataConfig[${index}].ChannelName`, name, reason);
  }
};

/** The directory of a File channel "train_0" and the first FIFO of a Pipe channel "train" are one path. */
export const distinctPaths: RequestRule = function* (request) {
  const channels = namedChannels(request);
  for (const [index, file] of channels.entries()) {
    const other = channels.findIndex((pipe) => clash(file, pipe));
    if (other < 0) continue;
    const reason = `its directory would be a FIFO of InputDataConfig[${other}], "${channels[other]!.name}". Rename one of them.`;
    yield refused(`InputDataConfig[${index}].ChannelName`, file.name, reason);
  }
};

/** A mode that is misspelt counts as Pipe: it is a problem of its own. */
function namedChannels({
  InputDataConfig = [],
  AlgorithmSpecification: algorithm,
}: RequestDraft): NamedChannel[] {
  return InputDataConfig.map(({ ChannelName: name, InputMode = algorithm?.TrainingInputMode }) => ({
    name: typeof name === 'string' ? name : '',
    inputMode: InputMode === 'File' || InputMode === 'FastFile' ? 'File' : 'Pipe',
  }));
}

/** A FIFO may be called "._0"; a directory cannot be called ".". */
export const directoryName: ChannelRule = function* ({ ChannelName: name }, path, mode) {
  if ((name !== '.' && name !== '..') || (mode !== 'File' && mode !== 'FastFile')) return;
  const reason = `in ${mode} mode a channel is a directory, which cannot be called that. Rename it.`;
  yield refused(`${path}ChannelName`, name, reason);
};
