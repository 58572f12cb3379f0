import { inspect } from 'node:util';

import type { Debugger } from 'debug';

import { printable, printableLine } from './printable.js';
import { requireLater } from './require-later.js';

/**
 * What writes to one of the package's namespaces, `sagemaker-pipe-mode:<name>`. Loads `debug` with the first line. What a
 * terminal would obey is shown: keys and messages may hold anything.
 */
export function debugTo(name: string): (format: string, ...args: unknown[]) => void {
  let write: Debugger | undefined;
  return (format, ...args) => {
    write ??= (requireLater('debug') as typeof import('debug'))(`sagemaker-pipe-mode:${name}`);
    if (write.enabled) write(format, ...args.map(shown));
  };
}

/** Errors with their causes and stacks. */
function shown(arg: unknown): unknown {
  if (typeof arg === 'string') return printableLine(arg);
  return typeof arg === 'object' ? printable(inspect(arg)) : arg;
}
