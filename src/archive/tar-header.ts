import { requireLater } from '../require-later.js';

type TarHeader = typeof import('tar/header');

/** Everything in a tar archive comes in blocks of so many bytes. */
export const BLOCK_BYTES = 512;

let loaded: TarHeader | undefined;

/** node-tar's reader and writer of headers, loaded when the first archive is made or read. */
export function loadTarHeader(): TarHeader['Header'] {
  loaded ??= requireLater('tar/header') as TarHeader;
  return loaded.Header;
}

/** How many bytes are missing to the end of a block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
