// Runs in a thread of ours: everything here is synchronous.
import { unsafe } from './unpack-errors.js';

const SLASH = '/';

/**
 * The names on the way to an entry, one character per byte. The directory itself (`.`, as `tar -C dir .` begins) has none.
 *
 * @throws {@link PipeModeError} `ARCHIVE_UNSAFE`
 */
export function safeNames(name: Buffer, shown = name, what = 'its name'): string[] {
  const text = name.toString('latin1');
  if (text === '') throw unsafe(shown, `${what} is empty`);
  if (text.includes('\0')) throw unsafe(shown, `${what} contains a NUL`);
  if (text.startsWith(SLASH)) throw unsafe(shown, `${what} is absolute`);
  const names = text.split(SLASH).filter((each) => each !== '' && each !== '.');
  if (names.includes('..')) throw unsafe(shown, `${what} contains ".."`);
  return names;
}

export function bytesOf(names: readonly string[]): Buffer {
  return Buffer.from(names.join(SLASH), 'latin1');
}
