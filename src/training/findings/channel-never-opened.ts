import { DOCUMENTATION } from './documentation.js';
import { hasEndedWell, type Look } from './finding.js';

/** Data that was meant to be trained on. Of files nobody knows whether they were read; of a failure it is no news. */
export const channelNeverOpened: Look = function* (evidence) {
  if (!hasEndedWell(evidence)) return;
  const { host, channels } = evidence;
  for (const { name, inputMode, wasOpened } of channels) {
    if (wasOpened || inputMode !== 'Pipe') continue;
    yield {
      id: 'channel-never-opened',
      seen: `On ${host} the algorithm ended with exit code 0 and never opened channel "${name}".`,
      rule: `A channel in Pipe mode is read from /opt/ml/input/data/${name}_0, ${name}_1 and so on, an epoch each.`,
      documentation: DOCUMENTATION.inputs,
    };
  }
};
