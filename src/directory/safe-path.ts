import { unsafeKey } from './directory-errors.js';

/** What Linux and macOS allow. */
const LONGEST_NAME = 255;
const LONGEST_PATH = 4095;

/**
 * Makes sure that a path leads to a file below the directory that it is relative to.
 *
 * @throws {@link PipeModeError} `UNSAFE_KEY`
 */
export function checkPath(key: string, path: string, root: string): void {
  const why = whyUnsafe(path, root);
  if (why !== undefined) throw unsafeKey(key, path, why);
}

/** Why a path does not lead to a file below the directory that it is relative to: a clause; `undefined` if it does. */
export function whyUnsafe(path: string, root: string): string | undefined {
  if (path === '') return 'its path is empty';
  if (path.includes('\0')) return 'a path cannot contain a NUL';
  if (path.startsWith('/')) return 'its path is absolute';
  if (Buffer.from(path).toString() !== path) return 'its path is not well-formed Unicode';
  for (const name of path.split('/')) {
    if (name === '') return 'its path ends in a slash, or has two in a row';
    if (name === '.' || name === '..') return `its path contains "${name}"`;
    if (Buffer.byteLength(name) > LONGEST_NAME)
      return `a name in its path has more than ${LONGEST_NAME} bytes`;
  }
  return Buffer.byteLength(`${root}/${path}`) > LONGEST_PATH
    ? `its path has more than ${LONGEST_PATH} bytes`
    : undefined;
}
