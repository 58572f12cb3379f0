import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** A failure of which DescribeTrainingJob will say nothing. */
export const noFailureFile: Look = function* ({ host, exit, failure, endedByItself }) {
  if (!endedByItself || exit.code === 0 || (failure !== undefined && failure.text !== '')) return;
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  const what = failure === undefined ? 'wrote no output/failure' : 'wrote an empty output/failure';
  yield {
    id: 'no-failure-file',
    seen: `On ${host} the algorithm ended ${how} and ${what}.`,
    rule: 'FailureReason comes from /opt/ml/output/failure. Without it, the reason is to be found in the logs only.',
    documentation: DOCUMENTATION.outputs,
  };
};
