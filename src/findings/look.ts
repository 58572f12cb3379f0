import { debugTo } from '../debug.js';
import type { Finding } from './finding.js';

const debug = debugTo('findings');

/** Looks for one kind of thing in what was seen. */
export type LookAt<Evidence> = (evidence: Evidence) => Iterable<Finding>;

/** All that some looks find. One that fails finds nothing: what programs leave may be anything. */
export function findAll<Evidence>(
  looks: readonly LookAt<Evidence>[],
  evidence: Evidence,
): readonly Finding[] {
  return looks.flatMap((look) => {
    try {
      return [...look(evidence)];
    } catch (error) {
      debug('a look for findings has failed (%s): %s', look.name, error);
      return [];
    }
  });
}
