import { MOST_CHARACTERS } from '../failure-file.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** Python's stack traces have what matters in their last line. */
export const failureFileTooLong: Look = function* ({ host, failure }) {
  if (!failure?.isLonger) return;
  yield {
    id: 'failure-file-too-long',
    seen: `On ${host} output/failure has more than ${MOST_CHARACTERS.toLocaleString('en-US')} characters.`,
    rule: 'FailureReason is its first 1,024 characters at most, and the rest is lost. Write what matters first.',
    documentation: DOCUMENTATION.outputs,
  };
};
