import { parsePath } from '../hang/epoch-name.js';
import { wasOpened } from '../hang/situation.js';
import { DOCUMENTATION } from './documentation.js';
import type { Evidence, Look } from './finding.js';
import { missedPaths } from './missed-paths.js';

/** A program that begins with epoch 1, say. To open the next epoch while this one is read is no sin: readers ahead do it. */
export const epochOpenedOutOfOrder: Look = function* (evidence) {
  for (const path of new Set(wantedPaths(evidence))) {
    const { pipe, name } = parsePath(path, evidence) ?? {};
    if (pipe === undefined || pipe.epoch >= pipe.channel.epochs) continue;
    const { channel, epoch } = pipe;
    const first = wasOpened(channel, channel.stats.epoch) ? channel.stats.epoch + 1 : channel.stats.epoch;
    if (epoch <= first) continue;
    yield {
      id: 'epoch-opened-out-of-order',
      seen: `On ${evidence.host} the algorithm wanted to open ${name} before anybody had opened ${channel.name}_${first}.`,
      rule: `The epochs of a channel come one after the other: ${channel.name}_0 first, and each when the one before it is over.`,
      documentation: DOCUMENTATION.trainingData,
    };
  }
};

function wantedPaths(evidence: Evidence): string[] {
  const waits = (evidence.hang?.processes ?? []).flatMap((process) => process.waits);
  const opened = waits.flatMap((wait) => (wait.kind === 'openFifo' ? [wait.path] : []));
  return [...opened, ...missedPaths(evidence).map(({ path }) => path)];
}
