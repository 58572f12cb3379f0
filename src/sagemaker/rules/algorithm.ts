import { missing, refused } from '../problems.js';
import type { RequestRule } from './rule.js';

/**
 * API reference, AlgorithmSpecification: "You must specify either the algorithm name to the AlgorithmName parameter or the
 * image URI of the algorithm container to the TrainingImage parameter", and not both.
 */
export const imageOrName: RequestRule = function* ({ AlgorithmSpecification = {} }, { strict, hasCommand }) {
  const { TrainingImage: image, AlgorithmName: name } = AlgorithmSpecification;
  const at = 'AlgorithmSpecification';
  if (image !== undefined && name !== undefined) {
    yield refused(
      `${at}.AlgorithmName`,
      name,
      'TrainingImage says what to run already. Leave one of them out.',
    );
  } else if (name !== undefined && !hasCommand) {
    const reason = 'an algorithm resource cannot be had outside AWS. Name its image with TrainingImage.';
    yield refused(`${at}.AlgorithmName`, name, reason);
  } else if (image === undefined && name === undefined && (strict || !hasCommand)) {
    yield missing(`${at}.TrainingImage`, hasCommand ? '' : 'Name an image, or give a command to run.');
  }
};
