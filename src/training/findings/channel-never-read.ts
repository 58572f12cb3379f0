import { DOCUMENTATION } from './documentation.js';
import { isUntouched } from './epoch-readings-of.js';
import { hasEndedWell, type Look } from './finding.js';

/** Opened, as `os.path.exists` would be enough for, and not read. */
export const channelNeverRead: Look = function* (evidence) {
  if (!hasEndedWell(evidence)) return;
  for (const { name, readings } of evidence.channels) {
    if (readings.length === 0 || !readings.every(isUntouched)) continue;
    const opened = readings
      .map(({ epoch }) => `${name}_${epoch}`)
      .slice(0, 3)
      .join(', ');
    yield {
      id: 'channel-never-read',
      seen: `On ${evidence.host} the algorithm opened ${opened}, and read no byte of channel "${name}".`,
      rule: 'Opening the FIFO of an epoch takes the epoch: whoever closes it has had it. To see whether it is there, look for its name.',
      documentation: DOCUMENTATION.trainingData,
    };
  }
};
