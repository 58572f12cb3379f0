import { findTool } from '../find-program.js';

/** The programs by which namespaces are made, all of util-linux but the shell. Each is the path of one. */
export interface Tools {
  readonly setpriv: string;
  readonly unshare: string;
  readonly mount: string;
  readonly sh: string;
}

const NAMES: readonly (keyof Tools)[] = ['setpriv', 'unshare', 'mount', 'sh'];

/** The tools, or the names of those that are missing. */
export function findTools(): Tools | readonly string[] {
  const found = NAMES.map((name) => [name, findTool(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  return missing.length > 0 ? missing : (Object.fromEntries(found) as unknown as Tools);
}
