import { parsePath } from '../hang/epoch-name.js';
import { wasOpened } from '../hang/situation.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';
import { missedPaths } from './missed-paths.js';

/** As if it were a file, which begins again. */
export const epochOpenedAgain: Look = function* (evidence) {
  for (const { path, name, wasMissing } of missedPaths(evidence)) {
    const pipe = parsePath(path, evidence)?.pipe;
    if (!wasMissing || pipe === undefined || !wasOpened(pipe.channel, pipe.epoch)) continue;
    if (pipe.epoch >= pipe.channel.epochs) continue;
    yield {
      id: 'epoch-opened-again',
      seen: `On ${evidence.host} the algorithm failed to open ${name}, which it had opened before.`,
      rule:
        `An epoch of a channel in Pipe mode is read once, from its beginning. To read the data again, open the next one: ` +
        `${pipe.channel.name}_${pipe.epoch + 1}.`,
      documentation: DOCUMENTATION.trainingData,
    };
  }
};
