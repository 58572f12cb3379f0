// Runs in a thread of ours: everything here is synchronous.
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { unpackParts, type PackedParts } from '../body/packed-parts.js';
import { PartsReader, READ_CHUNK_BYTES } from '../body/parts-reader.js';
import { PipeModeError } from '../errors.js';
import { notADirectory, notWritable } from '../fifo/fifo-errors.js';
import type { Task } from '../workers/task.js';
import { keyCollision, occupied, unwritable } from './directory-errors.js';
import { ResumeLog, matches } from './resume-log.js';
import { FileCloner, wholeFile } from './file-cloner.js';
import { removeTree, sealTree } from './remove-tree.js';
import { checkPath } from './safe-path.js';

/** What a tree is told about a file. */
export interface FileSpec {
  readonly key: string;
  /** Relative to the tree's root, with `/`. */
  readonly path: string;
  readonly version?: string | undefined;
}

/** What a tree is asked to do. Files are numbered, because several are written at once. */
export type TreeRequest =
  | { readonly op: 'prepare' }
  | { readonly op: 'keep'; readonly spec: FileSpec; readonly size: number }
  | { readonly op: 'open'; readonly file: number; readonly spec: FileSpec }
  | { readonly op: 'place'; readonly file: number; readonly spec: FileSpec; readonly parts: PackedParts }
  | { readonly op: 'parts'; readonly file: number; readonly parts: PackedParts }
  | { readonly op: 'chunk'; readonly file: number; readonly chunk: Uint8Array }
  | { readonly op: 'copyOn'; readonly file: number }
  | { readonly op: 'commit'; readonly file: number }
  | { readonly op: 'complete' }
  | { readonly op: 'remove' };

/** What it answers: whether the file was kept, is complete, or has all of the parts. */
export type TreeAnswer = boolean;

/** Where a tree is, and what its files are like. */
export interface OutputOptions {
  /** The directory that the tree appears in. Made if it is not there. */
  readonly dest: string;
  /** The name of the tree's root, which appears when the last file is complete. */
  readonly name: string;
  /** The files' permission bits. */
  readonly mode: number;
  readonly readOnly: boolean;
}

interface OpenFile {
  readonly spec: FileSpec;
  readonly partial: string;
  fd: number | undefined;
  reader: PartsReader | undefined;
}

/** How many bytes are copied before the next request has its turn. */
const TURN_BYTES = 32 * READ_CHUNK_BYTES;

/**
 * Makes a directory of files that appears as a whole. Until then it grows in a hidden directory beside it, where
 * every file has a temporary name until it is complete. What was completed there by an earlier attempt is used
 * again if it is still wanted and unchanged.
 */
export class FileTree implements Task<TreeAnswer, TreeRequest> {
  readonly #place: OutputOptions;
  /** By their real paths, once they are looked for. */
  #root = '';
  #work = '';
  readonly #open = new Map<number, OpenFile>();
  readonly #placer: FileCloner;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_CHUNK_BYTES);
  #journal: ResumeLog | undefined;
  /** What this attempt makes, and what earlier ones have left, the latest first. */
  #tree = '';
  #earlier: string[] = [];
  /** The last one that was made. */
  #folder = '';

  constructor(place: OutputOptions) {
    this.#place = place;
    this.#placer = new FileCloner(place);
  }

  next(request: TreeRequest): IteratorResult<TreeAnswer, undefined> {
    try {
      if (this.#root === '') this.#locate();
      return { done: false, value: this.#do(request) };
    } catch (error) {
      this.return();
      throw error instanceof PipeModeError ? error : unwritable(pathOf(error) ?? this.#place.dest, error);
    }
  }

  /** Leaves no file that is not complete. */
  return(): IteratorResult<never, undefined> {
    for (const { fd, partial, reader } of this.#open.values()) {
      reader?.return();
      if (fd !== undefined) closeSync(fd);
      rmSync(partial, { force: true });
    }
    this.#open.clear();
    return { done: true, value: undefined };
  }

  #do(request: TreeRequest): boolean {
    switch (request.op) {
      case 'prepare':
        return this.#prepare();
      case 'keep':
        return this.#keep(request.spec, request.size);
      case 'open':
        return this.#openFile(request.file, request.spec);
      case 'parts':
        return this.#writeParts(this.#fileOf(request.file), request.parts);
      case 'place':
        return this.#placeFile(request.file, request.spec, request.parts);
      case 'chunk':
        return this.#writeChunk(this.#fileOf(request.file), request.chunk);
      case 'copyOn':
        return this.#copyOn(this.#fileOf(request.file));
      case 'commit':
        return this.#commit(request.file);
      case 'complete':
        return this.#complete();
      case 'remove':
        return this.#remove();
    }
  }

  #locate(): void {
    const { dest, name } = this.#place;
    const directory = makeDirectory(dest);
    this.#root = join(directory, name);
    this.#work = join(directory, `.${name}.sagemaker-pipe-mode`);
  }

  /** Answers whether there is anything to keep. */
  #prepare(): boolean {
    const earlier = this.#readJournal();
    const isOurs = this.#ownsRoot();
    if (earlier === undefined) refuseUnlessEmpty(this.#work);
    if (!isOurs) refuseUnlessEmpty(this.#root);
    mkdirSync(this.#work, { recursive: true, mode: 0o755 });
    this.#earlier = attemptsIn(this.#work);
    let number = Number(basename(this.#earlier[0] ?? '0')) + 1;
    if (isOurs) {
      // Made by a process that is gone: its files are as good as those of an attempt.
      const attempt = join(this.#work, String(number++));
      chmodSync(this.#root, 0o700);
      renameSync(this.#root, attempt);
      this.#earlier.unshift(attempt);
    }
    for (const name of readdirSync(this.#work)) {
      if (name.startsWith(PARTIAL)) rmSync(join(this.#work, name));
    }
    this.#journal = ResumeLog.begin(join(this.#work, JOURNAL), earlier?.records ?? new Map());
    this.#tree = join(this.#work, String(number));
    mkdirSync(this.#tree, { mode: 0o755 });
    return this.#journal.records.size > 0;
  }

  /** Takes a file over from an earlier attempt, if it is the same version, and nobody has touched it. */
  #keep(spec: FileSpec, size: number): boolean {
    checkPath(spec.key, spec.path, this.#root);
    const record = this.#journal?.records.get(spec.path);
    if (!record || record.version !== spec.version || record.size !== size) return false;
    for (const attempt of this.#earlier) {
      const path = join(attempt, spec.path);
      if (!matches(lstatSync(path, { throwIfNoEntry: false }), record)) continue;
      if (realpathSync(path) !== path) continue; // somebody has put a symbolic link into it
      chmodSync(path, this.#place.mode);
      this.#renameIntoPlace(path, spec);
      return true;
    }
    return false;
  }

  #openFile(file: number, spec: FileSpec): boolean {
    checkPath(spec.key, spec.path, this.#root);
    const partial = join(this.#work, `${PARTIAL}${file}`);
    this.#open.set(file, { spec, partial, fd: undefined, reader: undefined });
    return true;
  }

  /** A whole file at once, if it is not too large for a turn. */
  #placeFile(number: number, spec: FileSpec, parts: PackedParts): boolean {
    this.#openFile(number, spec);
    const file = this.#fileOf(number);
    const whole = wholeFile(unpackParts(parts));
    const isPlaced = whole !== undefined && this.#placer.tryPlace(whole, file.partial);
    return (isPlaced || this.#writeParts(file, parts)) && this.#commit(number);
  }

  #writeParts(file: OpenFile, parts: PackedParts): boolean {
    file.reader = new PartsReader({ parts });
    return this.#copyOn(file);
  }

  #copyOn(file: OpenFile): boolean {
    const fd = openPartial(file);
    for (let copied = 0; copied < TURN_BYTES;) {
      const length = file.reader!.read(this.#buffer);
      if (length === 0) {
        file.reader = undefined;
        return true;
      }
      writeAll(fd, this.#buffer.subarray(0, length));
      copied += length;
    }
    return false;
  }

  #writeChunk(file: OpenFile, chunk: Uint8Array): boolean {
    writeAll(openPartial(file), chunk);
    return true;
  }

  #commit(number: number): boolean {
    const file = this.#fileOf(number);
    const { spec, partial } = file;
    const isLinked = file.fd === undefined && isLink(partial);
    if (file.fd === undefined && !lstatSync(partial, { throwIfNoEntry: false })) openPartial(file); // it is empty
    if (!isLinked) chmodSync(partial, this.#place.mode); // a link's bits are those of the original
    if (file.fd !== undefined) closeSync(file.fd);
    file.fd = undefined;
    this.#renameIntoPlace(partial, spec);
    this.#open.delete(number);
    return true;
  }

  /** Gives a complete file its name. */
  #renameIntoPlace(from: string, spec: FileSpec): void {
    const path = join(this.#tree, spec.path);
    try {
      this.#makeFolder(dirname(path));
      if (lstatSync(path, { throwIfNoEntry: false }))
        throw keyCollision(spec.key, join(this.#root, spec.path));
    } catch (error) {
      throw isInTheWay(error) ? keyCollision(spec.key, join(this.#root, spec.path)) : error;
    }
    renameSync(from, path);
    if (spec.version === undefined) return;
    const { size, mtimeMs } = lstatSync(path);
    this.#journal?.add({ path: spec.path, size, mtimeMs, version: spec.version });
  }

  /** Most files have the same folder as the one before. */
  #makeFolder(folder: string): void {
    if (folder === this.#folder) return;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    this.#folder = folder;
  }

  #complete(): boolean {
    writeFileSync(join(this.#work, COMPLETE), identity(this.#tree)); // which its new name does not change
    renameSync(this.#tree, this.#root);
    if (this.#place.readOnly) sealTree(this.#root);
    for (const attempt of this.#earlier) removeTree(attempt);
    return true;
  }

  #remove(): boolean {
    const journal = this.#readJournal();
    if (!journal) return false;
    const isComplete = this.#ownsRoot();
    if (!isComplete && journal.records.size > 0) return false; // the next attempt goes on from there
    if (isComplete) removeTree(this.#root);
    removeTree(this.#work);
    return true;
  }

  /** Not through a symbolic link: that would be somebody else's. */
  #readJournal(): ResumeLog | undefined {
    return isDirectory(this.#work) ? ResumeLog.read(join(this.#work, JOURNAL)) : undefined;
  }

  /** Whether the root is a tree that we have made, and not a directory that somebody has put there since. */
  #ownsRoot(): boolean {
    if (!isDirectory(this.#work) || !isDirectory(this.#root)) return false;
    const complete = join(this.#work, COMPLETE);
    return existsSync(complete) && readFileSync(complete, 'utf8') === identity(this.#root);
  }

  #fileOf(file: number): OpenFile {
    return this.#open.get(file)!;
  }
}

const JOURNAL = 'journal';
const COMPLETE = 'complete';
const PARTIAL = 'partial-';

/** A directory, and those above it, by its real path. */
function makeDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw isInTheWay(error) ? notADirectory(path, error) : notWritable(path, error);
  }
  return realpathSync(path);
}

function identity(path: string): string {
  const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true }); // numbers are given again to what comes after
  return `${dev}:${ino}:${birthtimeNs}`;
}

/** The directories that attempts have left, the latest first. */
function attemptsIn(work: string): string[] {
  const numbers = readdirSync(work).filter((name) => /^\d+$/.test(name));
  return numbers.sort((a, b) => Number(b) - Number(a)).map((name) => join(work, name));
}

function refuseUnlessEmpty(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  const entries = stats.isDirectory() ? readdirSync(path).length : 0;
  if (!stats.isDirectory() || entries > 0) throw occupied(path, stats, entries);
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isLink(path: string): boolean {
  return (lstatSync(path, { throwIfNoEntry: false })?.nlink ?? 0) > 1;
}

function isInTheWay(error: unknown): boolean {
  return ['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function openPartial(file: OpenFile): number {
  return (file.fd ??= openSync(file.partial, 'wx', 0o600));
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function pathOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).path;
}
