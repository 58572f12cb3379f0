import { parsePath } from '../hang/epoch-name.js';
import { explainPath } from '../hang/explain-path.js';
import { wasOpened } from '../hang/situation.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';
import { missedPaths } from './missed-paths.js';

/** A program that ends because a FIFO is not there, or is not written to as soon as it thinks. */
export const gaveUpWaiting: Look = function* (evidence) {
  for (const { path, name } of missedPaths(evidence)) {
    const pipe = parsePath(path, evidence)?.pipe;
    if (pipe !== undefined && pipe.epoch < pipe.channel.epochs && isOthers(pipe)) continue;
    const why = explainPath(path, { ...evidence, processes: [] });
    const because = why === undefined ? '.' : `: ${why}${why.endsWith('?') ? '' : '.'}`;
    yield {
      id: 'gave-up-waiting',
      seen: `On ${evidence.host} the algorithm gave up, because it could not have ${name}${because}`,
      rule:
        "The FIFO of a channel's next epoch may be there a moment later than the one before it is over, and its data later still. " +
        'Clients try again, and wait; for a channel that the job has not they wait in vain.',
      documentation: DOCUMENTATION.trainingData,
    };
  }
};

/** Whether another finding has it: it was opened before, or its turn had not come. */
function isOthers({ channel, epoch }: NonNullable<ReturnType<typeof parsePath>>['pipe'] & object): boolean {
  const { epoch: current } = channel.stats;
  return wasOpened(channel, epoch) || epoch > (wasOpened(channel, current) ? current + 1 : current);
}
