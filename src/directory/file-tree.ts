// Runs in a thread of ours: everything here is synchronous.
import type { PackedParts } from '../body/packed-parts.js';
import { PipeModeError } from '../errors.js';
import type { Identity } from '../fs/identity.js';
import type { Task } from '../workers/task.js';
import { unwritable } from './directory-errors.js';
import { FileWriter } from './file-writer.js';
import { removeDirectory } from './remove-directory.js';
import { Workspace } from './workspace.js';

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

/** What a tree is told about a file. */
export interface FileSpec {
  readonly key: string;
  /** Relative to the tree's root, with `/`. */
  readonly path: string;
  readonly version?: string | undefined;
}

/** A directory that was made: what it takes to remove it, and nothing else. */
export interface MadeDirectory {
  /** Which directory it is, whatever happens to its name. */
  readonly identity: Identity;
  /** What the note is called that tells other processes of it. */
  readonly note: string;
}

/** A tree that is being made. */
export interface CreatedTree {
  readonly made: MadeDirectory;
  /** Whether an earlier attempt has left files that may be reused. */
  readonly mayReuse: boolean;
}

/** Whether a copy has come to its end, or has to be asked to go on: others have their turn in between. */
export type CopyState = 'complete' | 'more';

/** What the thread that writes can be asked to do for a tree. Files are numbered, because several are written at once. */
export interface TreeOperations {
  /** Begins the tree. */
  create(): CreatedTree;
  /** Uses a file that an earlier attempt has left, if it is still what it has to be, and says whether it has. */
  reuse(spec: FileSpec, size: number): boolean;
  /** Makes a file of parts that are on this machine. It is committed if it is complete. */
  writeLocal(file: number, spec: FileSpec, parts: PackedParts): CopyState;
  /** Begins a file. */
  begin(file: number, spec: FileSpec): void;
  append(file: number, chunk: Uint8Array): void;
  appendParts(file: number, parts: PackedParts): CopyState;
  /** Goes on with a copy of parts. */
  copyMore(file: number): CopyState;
  /** Ends a file: it is complete. */
  commit(file: number): void;
  /** Gives the tree its name: all of its files are complete. */
  publish(): void;
  /** Removes the tree, and what no later attempt could use: of a tree that is being made no more. */
  remove(made: MadeDirectory | undefined): void;
}

/** An operation and its arguments, on the way to the thread. */
export type TreeRequest = {
  [Op in keyof TreeOperations]: { readonly op: Op; readonly args: Parameters<TreeOperations[Op]> };
}[keyof TreeOperations];

/** What the operations answer. */
export type TreeAnswer = ReturnType<TreeOperations[keyof TreeOperations]>;

/**
 * Makes a directory of files that appears as a whole. Until then it grows in a hidden directory beside it, in which what
 * was completed by an earlier attempt is used again if it is still wanted and unchanged.
 */
export class FileTree implements Task<TreeAnswer, TreeRequest>, TreeOperations {
  readonly #options: OutputOptions;
  #made: { readonly workspace: Workspace; readonly writer: FileWriter } | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  next({ op, args }: TreeRequest): IteratorResult<TreeAnswer, undefined> {
    const operations = this as unknown as Record<typeof op, (...args: readonly unknown[]) => TreeAnswer>;
    try {
      return { done: false, value: operations[op](...args) };
    } catch (error) {
      this.return();
      const { code, path = this.#options.dest } = error as NodeJS.ErrnoException;
      throw isSystemError(code) && !(error instanceof PipeModeError) ? unwritable(path, error) : error;
    }
  }

  /** Gives up: leaves no file that is not complete, and nothing open. */
  return(): IteratorResult<never, undefined> {
    this.#made?.writer.close();
    this.#made?.workspace.close();
    this.#made = undefined;
    return { done: true, value: undefined };
  }

  create(): CreatedTree {
    const workspace = new Workspace(this.#options);
    this.#made = { workspace, writer: new FileWriter(workspace, this.#options) };
    const { made, earlier } = workspace;
    return { made, mayReuse: !earlier.areNone };
  }

  reuse(spec: FileSpec, size: number): boolean {
    return this.#writer.reuse(spec, size);
  }

  writeLocal(file: number, spec: FileSpec, parts: PackedParts): CopyState {
    return this.#writer.writeLocal(file, spec, parts);
  }

  begin(file: number, spec: FileSpec): void {
    this.#writer.begin(file, spec);
  }

  append(file: number, chunk: Uint8Array): void {
    this.#writer.append(file, chunk);
  }

  appendParts(file: number, parts: PackedParts): CopyState {
    return this.#writer.appendParts(file, parts);
  }

  copyMore(file: number): CopyState {
    return this.#writer.copyMore(file);
  }

  commit(file: number): void {
    this.#writer.commit(file);
  }

  publish(): void {
    this.#made!.workspace.publish();
  }

  remove(made: MadeDirectory | undefined): void {
    removeDirectory(this.#options, made);
  }

  get #writer(): FileWriter {
    return this.#made!.writer;
  }
}

/** Whether a code is one of the system's, and not one of Node's own, which says that we have called it wrongly. */
function isSystemError(code: string | undefined): boolean {
  return code?.startsWith('E') === true && !code.startsWith('ERR_');
}
