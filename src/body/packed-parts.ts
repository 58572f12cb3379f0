import { isBytes } from '../options/checks.js';
import type { FileRange, LocalPart } from './body.js';

/**
 * Parts on their way to a thread: a few large values instead of many small ones, which cost more to send than
 * the files that they stand for cost to read.
 */
export interface PackedParts {
  /** The files' paths, one after the other, each ended by a NUL, which no path contains. */
  readonly paths: string;
  /** All bytes that are not in files, one part after the other. */
  readonly bytes: Uint8Array;
  /** Per part: what it is (a file to open, an open descriptor, or bytes), offset, length, and how the file was listed. */
  readonly table: Float64Array;
}

const COLUMNS = 7;
const OPEN_FILE = -1;
const BYTES = -2;

export function packParts(parts: readonly LocalPart[]): PackedParts {
  const table = new Float64Array(parts.length * COLUMNS);
  const bytes = new Uint8Array(bytesIn(parts));
  let paths = '';
  let position = 0;
  parts.forEach((part, index) => {
    const row = index * COLUMNS;
    table[row + 2] = part.length;
    if (isBytes(part)) {
      table[row] = BYTES;
      bytes.set(part, position);
      position += part.length;
    } else {
      paths += `${part.path}\0`;
      table[row] = part.fd ?? OPEN_FILE;
      table[row + 1] = part.offset;
      table[row + 3] = part.fileSize ?? NaN;
      table[row + 4] = part.mtimeMs ?? NaN;
      table[row + 5] = part.ctimeMs ?? NaN;
      table[row + 6] = part.inode ?? NaN;
    }
  });
  return { paths, bytes, table };
}

export function unpackParts({ paths, bytes, table }: PackedParts): LocalPart[] {
  const parts: LocalPart[] = [];
  let pathAt = 0;
  let position = 0;
  for (let row = 0; row < table.length; row += COLUMNS) {
    const length = table[row + 2]!;
    if (table[row] === BYTES) {
      parts.push(bytes.subarray(position, position + length));
      position += length;
      continue;
    }
    const pathEnd = paths.indexOf('\0', pathAt);
    parts.push(unpackRange(paths.slice(pathAt, pathEnd), table, row));
    pathAt = pathEnd + 1;
  }
  return parts;
}

/** What can be moved to a thread instead of being copied. */
export function packedBuffers({ bytes, table }: PackedParts): ArrayBuffer[] {
  return [bytes.buffer as ArrayBuffer, table.buffer as ArrayBuffer];
}

function unpackRange(path: string, table: Float64Array, row: number): FileRange {
  const kind = table[row]!;
  const listed = (column: number) => (Number.isNaN(table[row + column]) ? undefined : table[row + column]!);
  const [fileSize, mtimeMs, ctimeMs, inode] = [listed(3), listed(4), listed(5), listed(6)];
  return {
    path,
    offset: table[row + 1]!,
    length: table[row + 2]!,
    ...(kind === OPEN_FILE ? undefined : { fd: kind }),
    ...(fileSize === undefined ? undefined : { fileSize }),
    ...(mtimeMs === undefined ? undefined : { mtimeMs }),
    ...(ctimeMs === undefined ? undefined : { ctimeMs }),
    ...(inode === undefined ? undefined : { inode }),
  };
}

function bytesIn(parts: readonly LocalPart[]): number {
  let length = 0;
  for (const part of parts) if (isBytes(part)) length += part.length;
  return length;
}
