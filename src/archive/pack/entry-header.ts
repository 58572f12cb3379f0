// Runs in a thread of ours: everything here is synchronous.
import { isUtf8 } from 'node:buffer';

import { BLOCK_BYTES, loadTarHeader, paddingOf } from '../tar-header.js';

/** What a header says of an entry. */
export interface EntryHeader {
  readonly type: 'File' | 'Directory' | 'SymbolicLink' | 'Link';
  /** Relative, without a slash at its end. */
  readonly name: Buffer;
  readonly mode: number;
  readonly size: number;
  /** In whole seconds. */
  readonly mtime: number;
  /** What a link says, or the name of the entry that a hard link is the same file as. */
  readonly target?: Buffer | undefined;
  /** Whom it belongs to. Default: root. */
  readonly owner?: Owner | undefined;
}

/** A user and a group, by their numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const ROOT: Owner = { uid: 0, gid: 0 };

/** The most that the fields for names hold, less one for those who want a NUL at the end. */
const LONGEST_FIELD = 99;
/** What GNU tar calls an entry that has a name for the next one. */
const LONG_NAME = '././@LongLink';

/**
 * The header of an entry, as blocks. Names that do not fit, or are not UTF-8, precede it as GNU tar writes them: those
 * are bytes, while the values in a pax header are UTF-8 by definition. Files belong to root, as all that an algorithm
 * writes in the cloud, unless it is said whom: whoever packs them here is nobody's business.
 */
export function encodeHeader({ type, name, mode, size, mtime, target, owner = ROOT }: EntryHeader): Buffer {
  const path = type === 'Directory' ? Buffer.concat([name, Buffer.from('/')]) : name;
  const Header = loadTarHeader();
  const header = new Header({
    type,
    path: fits(path) ? path.toString() : standIn(path),
    linkpath: target === undefined ? '' : fits(target) ? target.toString() : standIn(target),
    mode,
    size,
    mtime: new Date(mtime * 1000),
    ...owner,
  });
  const block = Buffer.alloc(BLOCK_BYTES);
  header.encode(block); // sizes and times beyond the fields' octal digits in base 256, as GNU tar does
  return Buffer.concat([
    ...(target === undefined || fits(target) ? [] : longName('NextFileHasLongLinkpath', target)),
    ...(fits(path) ? [] : longName('NextFileHasLongPath', path)),
    block,
  ]);
}

function fits(name: Buffer): boolean {
  return name.length <= LONGEST_FIELD && isUtf8(name);
}

/** For those who do not know long names: as much of it as there is room for. */
function standIn(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x21-\x7e]/g, '_')
    .slice(0, LONGEST_FIELD)
    .replace(/\/+$/, '_');
}

function longName(type: 'NextFileHasLongPath' | 'NextFileHasLongLinkpath', name: Buffer): Buffer[] {
  const size = name.length + 1; // with a NUL at the end
  const Header = loadTarHeader();
  const header = new Header({ type, path: LONG_NAME, mode: 0o644, size, mtime: new Date(0), ...ROOT });
  const block = Buffer.alloc(BLOCK_BYTES);
  header.encode(block);
  return [block, name, Buffer.alloc(1 + paddingOf(size))];
}
