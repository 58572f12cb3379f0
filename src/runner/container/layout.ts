import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

import { encodeHeader, type Owner } from '../../archive/pack/entry-header.js';
import { treeEntries } from '../../archive/pack/tree.js';
import { BLOCK_BYTES, paddingOf } from '../../archive/tar-header.js';
import { OPT_ML } from '../inside-paths.js';
import { INPUT } from './create-options.js';

/** Whoever the image's user is, it may write everywhere: in the cloud containers run as root. */
const DIRECTORY_MODE = 0o777;
const WRITABLE = 0o666;

/** Where it is unpacked, below `/`. What is above is the image's. */
const ROOT = OPT_ML.slice(1);

const TYPES = { file: 'File', directory: 'Directory', link: 'SymbolicLink' } as const;

/** A job's directory as an archive to be unpacked at `/`: all of it but its input, which is mounted. */
export function layoutArchive(directory: string, owner: Owner): Readable {
  return Readable.from(blocksOf(directory, owner), { objectMode: false });
}

async function* blocksOf(directory: string, owner: Owner): AsyncGenerator<Uint8Array> {
  const root = { name: Buffer.from(ROOT), mode: DIRECTORY_MODE, size: 0, mtime: Date.now() / 1000, owner };
  yield encodeHeader({ ...root, type: 'Directory' });
  for (const { kind, name, path, stats, target } of treeEntries(directory, () => undefined, INPUT)) {
    const size = kind === 'file' ? Number(stats.size) : 0;
    yield encodeHeader({
      type: TYPES[kind],
      name: Buffer.concat([Buffer.from(`${ROOT}/`), name]),
      mode: kind === 'directory' ? DIRECTORY_MODE : Number(stats.mode & 0o777n) | WRITABLE,
      size,
      mtime: Number(stats.mtimeMs / 1000n),
      target,
      owner,
    });
    if (size === 0) continue;
    yield* createReadStream(path, { end: size - 1 }) as unknown as AsyncIterable<Buffer>;
    yield Buffer.alloc(paddingOf(size));
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}
