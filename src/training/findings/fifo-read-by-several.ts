import { parsePath } from '../hang/epoch-name.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** Workers of a data loader that were forked after the FIFO was opened, say. */
export const fifoReadBySeveral: Look = function* (evidence) {
  for (const { path, commands } of evidence.sharedFifos) {
    const name = parsePath(path, evidence)?.name;
    if (name === undefined) continue;
    yield {
      id: 'fifo-read-by-several',
      seen: `On ${evidence.host} several processes read ${name} at the same time: ${commands.map((each) => `"${each}"`).join(', ')}.`,
      rule: 'A byte in a pipe goes to one reader: each gets pieces, cut anywhere. Have one process read a channel, and hand on records.',
      documentation: DOCUMENTATION.fifo,
    };
  }
};
