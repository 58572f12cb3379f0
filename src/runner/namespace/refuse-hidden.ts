import { resolve } from 'node:path';

import { expected } from '../../options/expected.js';
import type { ProcessOptions } from '../program.js';
import { programNotFound } from '../runner-errors.js';
import { SHARED_MEMORY } from './mount-plan.js';

/**
 * Refuses a program in the shared memory of this machine, and one that is to work there: neither would be found, since a
 * program has its own.
 *
 * @throws {@link PipeModeError} `PROGRAM_NOT_FOUND`, `INVALID_OPTION`
 */
export function refuseHidden({ command, cwd }: ProcessOptions): void {
  const [name] = command as readonly [string];
  const path = resolve(cwd, name);
  const why = `a program has a ${SHARED_MEMORY} of its own, which is empty when it starts`;
  if (name.includes('/') && isHidden(path))
    throw programNotFound(`There is no program "${path}": ${why}. Have it, and its data, elsewhere.`, path);
  if (isHidden(cwd)) {
    const advice = `It is not there for the program: ${why}.`;
    throw expected('cwd', `a directory outside of ${SHARED_MEMORY}`, cwd, { advice });
  }
}

function isHidden(path: string): boolean {
  return path.startsWith(`${SHARED_MEMORY}/`);
}
