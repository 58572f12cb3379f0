// Runs in a thread of ours: everything here is synchronous.
import type { PackedParts } from '../body/packed-parts.js';
import { PipeModeError } from '../errors.js';
import type { Task } from '../workers/task.js';
import { unwritable } from './directory-errors.js';
import { FileWriter } from './file-writer.js';
import { removeDirectory } from './remove-directory.js';
import type {
  CopyState,
  CreatedTree,
  FileSpec,
  MadeDirectory,
  OutputOptions,
  TreeAnswer,
  TreeOperations,
  TreeRequest,
} from './tree-operations.js';
import { Workspace } from './workspace.js';

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
