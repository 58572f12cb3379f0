import { DOCUMENTATION } from './documentation.js';
import { isUntouched } from './epoch-readings-of.js';
import type { Look } from './finding.js';

/** An epoch that went by, and another one was trained with. Readers ahead leave their last one: that is none. */
export const epochNotRead: Look = function* ({ host, channels }) {
  for (const { name, readings } of channels) {
    if (readings.every(isUntouched)) continue;
    const skipped = readings.slice(0, -1).filter((reading) => isUntouched(reading));
    const [first] = skipped;
    if (first === undefined) continue;
    const times = skipped.length === 1 ? '' : `, and ${skipped.length - 1} more epochs like that`;
    yield {
      id: 'epoch-not-read',
      seen: `On ${host} the algorithm opened ${name}_${first.epoch}, closed it without reading a byte, and went on to the next epoch${times}.`,
      rule: 'Opening the FIFO of an epoch takes the epoch: its data does not come again in the next one. To see whether it is there, look for its name.',
      documentation: DOCUMENTATION.trainingData,
    };
  }
};
