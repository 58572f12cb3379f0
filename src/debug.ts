import type { Debugger } from 'debug';

import { requireLater } from './require-later.js';

/** What writes to one of the package's namespaces, `sagemaker-pipe-mode:<name>`. Loads `debug` with the first line. */
export function debugTo(name: string): (format: string, ...args: unknown[]) => void {
  let write: Debugger | undefined;
  return (format, ...args) => {
    write ??= (requireLater('debug') as typeof import('debug'))(`sagemaker-pipe-mode:${name}`);
    write(format, ...args);
  };
}
