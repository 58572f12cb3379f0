import { didYouMean } from '../../options/did-you-mean.js';
import { missing } from '../problems.js';
import { checkChannel } from './channel-rules.js';
import type { RequestRule } from './rule.js';

export const eachChannel: RequestRule = function* ({ InputDataConfig = [], AlgorithmSpecification }) {
  for (const [index, channel] of InputDataConfig.entries())
    yield* checkChannel(channel, `InputDataConfig[${index}]`, AlgorithmSpecification?.TrainingInputMode);
};

/** The model requires a source of every channel; here it may be given beside the request. */
export const someSource: RequestRule = function* ({ InputDataConfig = [] }, { withSource }) {
  for (const [index, { ChannelName: name = '', DataSource: source }] of InputDataConfig.entries()) {
    if (source !== undefined || withSource.has(name)) continue;
    const nearly = didYouMean(name, [...withSource]);
    const advice = nearly && `There is none for "${name}" beside the request either.${nearly}`;
    yield missing(`InputDataConfig[${index}].DataSource`, advice);
  }
};
