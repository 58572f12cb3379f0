// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, fchmodSync, fstatSync } from 'node:fs';

import { type PackedParts, unpackParts } from '../body/packed-parts.js';
import { PartsReader, READ_CHUNK_BYTES } from '../body/parts-reader.js';
import { writeAll } from '../fs/write-all.js';
import { keyCollision, refusedFile } from './directory-errors.js';
import { FileCloner, wholeFile } from './file-cloner.js';
import type { CopyState, FileSpec, OutputOptions } from './tree-operations.js';
import { splitPath } from './folders.js';
import { checkPath } from './safe-path.js';
import type { Workspace } from './workspace.js';

interface OpenFile {
  readonly spec: FileSpec;
  readonly fd: number;
  /** What is being copied into it. */
  reader: PartsReader | undefined;
}

/** How many bytes are copied before the next request has its turn. */
const TURN_BYTES = 32 * READ_CHUNK_BYTES;

/**
 * Writes the files of a tree, several at once, which are known by numbers. A file has its name from the beginning, but
 * nobody looks into the tree, and only the log says which files are complete.
 */
export class FileWriter {
  readonly #workspace: Workspace;
  readonly #mode: number;
  readonly #cloner: FileCloner;
  readonly #open = new Map<number, OpenFile>();
  readonly #buffer = Buffer.allocUnsafeSlow(READ_CHUNK_BYTES);

  constructor(workspace: Workspace, options: OutputOptions) {
    this.#workspace = workspace;
    this.#mode = options.mode;
    this.#cloner = new FileCloner(options);
  }

  /** Takes a file over from an earlier attempt, if it is the same version, and nobody has touched it. */
  reuse(spec: FileSpec, size: number): boolean {
    this.#check(spec);
    const { earlier, tree } = this.#workspace;
    if (!earlier.has(spec, size)) return false;
    const { folder, name } = splitPath(spec.path);
    return this.#refusing(spec, () => {
      const target = tree.make(folder);
      if (target.statsOf(name)) throw keyCollision(spec.key, this.#pathOf(spec));
      return earlier.move(spec, target, this.#mode);
    });
  }

  /** Makes a file of parts: at once, if they can be cloned or fit into a turn. */
  writeLocal(file: number, spec: FileSpec, parts: PackedParts): CopyState {
    const whole = spec.version === undefined ? wholeFile(unpackParts(parts)) : undefined;
    if (whole) {
      this.#check(spec);
      const { folder, name } = splitPath(spec.path);
      const target = this.#refusing(spec, () => this.#workspace.tree.make(folder));
      if (this.#cloner.tryClone(whole, target, name)) return 'complete';
    }
    this.begin(file, spec);
    if (this.appendParts(file, parts) === 'more') return 'more';
    this.commit(file);
    return 'complete';
  }

  begin(file: number, spec: FileSpec): void {
    this.#check(spec);
    const { folder, name } = splitPath(spec.path);
    const fd = this.#refusing(spec, () => this.#workspace.tree.make(folder).openFile(name, CREATE, 0o600));
    this.#open.set(file, { spec, fd, reader: undefined });
  }

  append(file: number, chunk: Uint8Array): void {
    writeAll(this.#fileOf(file).fd, chunk);
  }

  appendParts(file: number, parts: PackedParts): CopyState {
    this.#fileOf(file).reader = new PartsReader({ parts });
    return this.copyMore(file);
  }

  copyMore(file: number): CopyState {
    const open = this.#fileOf(file);
    for (let copied = 0; copied < TURN_BYTES;) {
      const length = open.reader!.read(this.#buffer);
      if (length === 0) {
        open.reader = undefined;
        return 'complete';
      }
      writeAll(open.fd, this.#buffer.subarray(0, length));
      copied += length;
    }
    return 'more';
  }

  commit(file: number): void {
    const { fd, spec } = this.#fileOf(file);
    const { path, version } = spec;
    fchmodSync(fd, this.#mode); // the umask has had its say
    const { size, mtimeMs } = fstatSync(fd);
    this.#open.delete(file);
    closeSync(fd); // on network file systems this is where writing fails
    if (version !== undefined) this.#workspace.log.add({ path, size, mtimeMs, version });
  }

  /** Removes what is not complete. */
  close(): void {
    for (const { fd, reader, spec } of this.#open.values()) {
      reader?.return();
      closeSync(fd);
      const { folder, name } = splitPath(spec.path);
      this.#unlink(folder, name);
    }
    this.#open.clear();
  }

  #unlink(folder: string, name: string): void {
    try {
      this.#workspace.tree.open(folder).unlink(name);
    } catch {
      // It is not in the log, so it counts for nothing.
    }
  }

  #check({ key, path }: FileSpec): void {
    checkPath(key, path, this.#workspace.path);
  }

  /** Says which object it is that cannot have its place. */
  #refusing<T>(spec: FileSpec, act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw refusedFile(spec, this.#pathOf(spec), error, () => this.#workspace.tree.findLink(spec.path));
    }
  }

  #pathOf({ path }: FileSpec): string {
    return `${this.#workspace.path}/${path}`;
  }

  #fileOf(file: number): OpenFile {
    return this.#open.get(file)!;
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
