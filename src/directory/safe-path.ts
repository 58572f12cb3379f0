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
  const refuse = (why: string) => unsafeKey(key, path, why);
  if (path === '') throw refuse('its path is empty');
  if (path.includes('\0')) throw refuse('a path cannot contain a NUL');
  if (path.startsWith('/')) throw refuse('its path is absolute');
  if (Buffer.from(path).toString() !== path) throw refuse('its path is not well-formed Unicode');
  for (const name of path.split('/')) {
    if (name === '') throw refuse('its path ends in a slash, or has two in a row');
    if (name === '.' || name === '..') throw refuse(`its path contains "${name}"`);
    if (Buffer.byteLength(name) > LONGEST_NAME)
      throw refuse(`a name in its path has more than ${LONGEST_NAME} bytes`);
  }
  if (Buffer.byteLength(`${root}/${path}`) > LONGEST_PATH)
    throw refuse(`its path has more than ${LONGEST_PATH} bytes`);
}
