// Runs in a thread of ours: everything here is synchronous.
import { shownName } from '../shown-name.js';
import { BLOCK_BYTES, loadTarHeader, paddingOf } from '../tar-header.js';
import type { ArchiveBytes, UnpackSteps } from './archive-bytes.js';
import { parsePaxRecords } from './pax-records.js';
import { invalid, tooLarge, truncated, unsupported } from './unpack-errors.js';

/** An entry as the archive has it: nothing of it was checked. */
export interface TarEntry {
  /** node-tar's word for what it is. */
  readonly type: string;
  readonly name: Buffer;
  /** What a link says. */
  readonly target: Buffer;
  readonly size: number;
  readonly mode: number;
  /** In seconds. */
  readonly mtime: number;
}

/** What precedes an entry and completes it. */
interface Extension {
  readonly name?: Buffer;
  readonly target?: Buffer;
  readonly size?: number;
  /** In seconds; other than in the header, it may have a fraction. */
  readonly mtime?: number;
  readonly isSparse?: true;
}

/** The most that names and attributes of one entry may take: paths have 4 KiB. */
const LONGEST_EXTENSION = 1024 * 1024;
/** Tapes come in records of so many bytes at most, and the last one is filled up with zeros. */
const LONGEST_END = 16 * 1024 * 1024;

/** Reads an archive entry by entry. Numbers and checksums are node-tar's, names are bytes. */
export class TarReader {
  readonly #bytes: ArchiveBytes;
  readonly #maxHeaders: number;
  #headers = 0;

  constructor(bytes: ArchiveBytes, { maxHeaders }: { readonly maxHeaders: number }) {
    this.#bytes = bytes;
    this.#maxHeaders = maxHeaders;
  }

  /** The next entry, whose content has to be read then; none at the end. */
  *next(): UnpackSteps<TarEntry | undefined> {
    let extension: Extension = {};
    for (;;) {
      const found = yield* this.#header(extension);
      if (found === undefined) return undefined;
      const { header, name, target } = found;
      if (++this.#headers > this.#maxHeaders)
        throw tooLarge(name, `more than ${this.#maxHeaders} headers`, 'maxEntries');
      const size = extension.size ?? header.size;
      switch (header.type) {
        case 'NextFileHasLongPath':
          extension = { ...extension, name: untilNul(yield* this.#extension(name, size)) };
          break;
        case 'NextFileHasLongLinkpath':
          extension = { ...extension, target: untilNul(yield* this.#extension(name, size)) };
          break;
        case 'ExtendedHeader':
        case 'OldExtendedHeader':
          extension = { ...extension, ...read(parsePaxRecords(yield* this.#extension(name, size))) };
          break;
        case 'GlobalExtendedHeader':
          refuseGlobal(parsePaxRecords(yield* this.#extension(name, size)));
          break;
        default:
          return entryOf(header, { name, target, ...extension }, size);
      }
    }
  }

  /** The content of an entry, in pieces that are the caller's until the next one. */
  *content({ size, name }: TarEntry, write: (piece: Uint8Array) => void): UnpackSteps {
    for (let left = size; left > 0;) {
      const piece = yield* this.#bytes.some(left);
      if (piece.length === 0) throw truncated(`${left} bytes before the end of "${shownName(name)}"`);
      write(piece);
      left -= piece.length;
    }
    yield* this.#skipPadding(size);
  }

  *#header(extension: Extension) {
    const at = this.#bytes.consumed;
    const block = yield* this.#bytes.take(BLOCK_BYTES);
    if (block.length === 0) throw truncated('without the zeros that end every archive');
    if (block.length < BLOCK_BYTES) throw truncated(`in the header at byte ${at}`);
    if (block.every((byte) => byte === 0)) return yield* this.#end();
    const name = nameIn(block);
    const header = decode(block, extension.name ?? name, at);
    return { header, name, target: untilNul(block.subarray(157, 257)) };
  }

  *#extension(name: Buffer, size: number | undefined): UnpackSteps<Buffer> {
    if (size === undefined || size > LONGEST_EXTENSION)
      throw unsupported(name, `has a name or attributes of ${size} bytes`, `Paths have 4 KiB at most.`);
    const content = yield* this.#bytes.take(size);
    if (content.length < size) throw truncated('in a long name or a pax header');
    yield* this.#skipPadding(size);
    return content;
  }

  *#skipPadding(size: number): UnpackSteps {
    const padding = paddingOf(size);
    if ((yield* this.#bytes.take(padding)).length < padding)
      throw truncated('in the padding behind an entry');
  }

  /** Reads what follows the first block of zeros, so that gzip's checksum was seen. Other programs ignore it. */
  *#end(): UnpackSteps<undefined> {
    for (let length = 0; ;) {
      const zeros = yield* this.#bytes.some(LONGEST_END);
      if (zeros.length === 0) return undefined;
      length += zeros.length;
      if (length > LONGEST_END || zeros.some((byte) => byte !== 0))
        throw invalid('something follows the zeros that end it');
    }
  }
}

function entryOf(
  header: InstanceType<ReturnType<typeof loadTarHeader>>,
  {
    name,
    target,
    isSparse,
    mtime = Math.floor((header.mtime?.getTime() ?? 0) / 1000),
  }: Extension & { readonly name: Buffer; readonly target: Buffer },
  size: number | undefined,
): TarEntry {
  if (isSparse || header.type === 'SparseFile')
    throw unsupported(name, 'is stored as a sparse file', 'Make the archive without `--sparse`.');
  if (size === undefined) throw invalid(`the size of "${shownName(name)}" is no number`);
  return { type: header.type, name, target, size, mode: header.mode ?? 0o644, mtime };
}

function decode(block: Buffer, name: Buffer, at: number) {
  const Header = loadTarHeader();
  const path = name.toString('latin1'); // only its last character counts: old archives know directories by their slash
  try {
    const header = new Header(block, 0, { path });
    if (!header.cksumValid) throw new Error('its checksum is wrong');
    return header;
  } catch (error) {
    throw invalid(`what is at byte ${at} is no header: ${(error as Error).message}`, error);
  }
}

/** POSIX splits long names at a slash; GNU has other things in that place. */
function nameIn(block: Buffer): Buffer {
  const name = untilNul(block.subarray(0, 100));
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const prefix = untilNul(block.subarray(345, 500));
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function read(records: Map<string, Buffer>): Extension {
  const name = records.get('path');
  const target = records.get('linkpath');
  const size = records.get('size')?.toString();
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw invalid(`a pax header has the size "${size}"`);
  const mtime = Number(records.get('mtime')?.toString() ?? NaN);
  const isSparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  return {
    ...(name && { name }),
    ...(target && { target }),
    ...(size !== undefined && { size: Number(size) }),
    ...(Number.isFinite(mtime) && { mtime }),
    ...(isSparse && { isSparse }),
  };
}

/** What is said once for all entries may be a comment (git's), but nothing that makes others read another archive. */
function refuseGlobal(records: Map<string, Buffer>): void {
  const found = [...records.keys()].find((key) => /^(path|linkpath|size|GNU\.sparse\..*)$/.test(key));
  if (found !== undefined) throw invalid(`a global pax header has "${found}", which only an entry can have`);
}
