import type { PackedParts } from '../body/packed-parts.js';
import type { Identity } from '../fs/identity.js';

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
