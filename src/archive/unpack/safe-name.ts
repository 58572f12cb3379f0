// Runs in a thread of ours: everything here is synchronous.
import { unsafe } from './unpack-errors.js';

const SLASH = '/';
/** What Linux takes. It also bounds the time that a name takes here. */
const LONGEST_PATH = 4095;

/**
 * The names on the way to an entry, one character per byte. The directory itself (`.`, as `tar -C dir .` begins) has none.
 *
 * @throws {@link PipeModeError} `ARCHIVE_UNSAFE`
 */
export function safeNames(name: Buffer, shown = name, what = 'its name'): string[] {
  checkLength(name, shown, what);
  const text = name.toString('latin1');
  if (text === '') throw unsafe(shown, `${what} is empty`);
  if (text.includes('\0')) throw unsafe(shown, `${what} contains a NUL`);
  if (text.startsWith(SLASH)) throw unsafe(shown, `${what} is absolute`);
  const names = text.split(SLASH).filter((each) => each !== '' && each !== '.');
  if (names.includes('..')) throw unsafe(shown, `${what} contains ".."`);
  return names;
}

/** @throws {@link PipeModeError} `ARCHIVE_UNSAFE` */
export function checkLength(name: Buffer, shown: Buffer, what: string): void {
  if (name.length > LONGEST_PATH)
    throw unsafe(shown.subarray(0, 100), `${what} has ${name.length} bytes, more than a path can have`);
}

export function bytesOf(names: readonly string[]): Buffer {
  return Buffer.from(names.join(SLASH), 'latin1');
}
