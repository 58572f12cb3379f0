import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** How many processes a finding lists. */
const MOST_LISTED = 3;

/** Whatever they still had to do, such as writing the model, is not done. */
export const childrenLeftBehind: Look = function* ({ host, exit, endedByItself }) {
  const { leftBehind } = exit;
  if (!endedByItself || leftBehind.length === 0) return;
  const listed = leftBehind
    .slice(0, MOST_LISTED)
    .map(({ command }) => `"${command}"`)
    .join(', ');
  const more = leftBehind.length > MOST_LISTED ? `, and ${leftBehind.length - MOST_LISTED} more` : '';
  yield {
    id: 'children-left-behind',
    seen: `On ${host} processes still ran when the algorithm ended, and were killed: ${listed}${more}.`,
    rule: 'A container ends with its first process, and everything in it is killed. Wait for what you have started.',
    documentation: DOCUMENTATION.processes,
  };
};
