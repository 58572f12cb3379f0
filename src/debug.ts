import { inspect } from 'node:util';

import { printable, printableLine } from './printable.js';
import { canRequire, isLoaded, requireLater } from './require-later.js';

type Write = ((format: string, ...args: unknown[]) => void) & { readonly enabled: boolean };

/**
 * What writes to one of the package's namespaces, `sagemaker-pipe-mode:<name>`. Loads `debug` with the first line, if it is
 * there (a reader that was bundled needs nothing but Node) and somebody may want the line: that takes a third of the time
 * of a first `start()`. What a terminal would obey is shown: keys and messages may hold anything.
 */
export function debugTo(name: string): (format: string, ...args: unknown[]) => void {
  let write: Write | undefined;
  return (format, ...args) => {
    if (!write && !mayBeWanted()) return;
    write ??= openNamespace(`sagemaker-pipe-mode:${name}`);
    if (write.enabled) write(format, ...args.map(shown));
  };
}

/** Namespaces are enabled by the environment, or by whoever has loaded `debug`: `debug.enable()`. */
function mayBeWanted(): boolean {
  return process.env['DEBUG'] !== undefined || isLoaded('debug');
}

function openNamespace(name: string): Write {
  if (!canRequire('debug')) return Object.assign(() => undefined, { enabled: false });
  return (requireLater('debug') as typeof import('debug'))(name);
}

/** Errors with their causes and stacks. */
function shown(arg: unknown): unknown {
  if (typeof arg === 'string') return printableLine(arg);
  return typeof arg === 'object' ? printable(inspect(arg)) : arg;
}
