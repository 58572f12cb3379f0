import { resolve } from 'node:path';

import type { ProcessOptions } from '../program.js';
import { programNotFound } from '../runner-errors.js';
import { SHARED_MEMORY } from './mount-plan.js';

/**
 * Refuses a program in the shared memory of this machine, which it would not find: it has its own.
 *
 * @throws {@link PipeModeError} `PROGRAM_NOT_FOUND`
 */
export function refuseHidden({ command, cwd }: ProcessOptions): void {
  const [name] = command as readonly [string];
  const path = resolve(cwd, name);
  if (!name.includes('/') || !path.startsWith(`${SHARED_MEMORY}/`)) return;
  const why = `a program has a ${SHARED_MEMORY} of its own, which is empty when it starts`;
  throw programNotFound(`There is no program "${path}": ${why}. Have it, and its data, elsewhere.`, path);
}
