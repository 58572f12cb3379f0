import type { LocalPart } from '../body/body.js';
import { packedBuffers, packParts } from '../body/packed-parts.js';
import { PipeModeError } from '../errors.js';
import { type RunningTask, startTask } from '../workers/run-task.js';
import { writeThread } from '../workers/threads.js';
import { FILE_TREE } from './file-tree-task.js';
import type {
  FileSpec,
  MadeDirectory,
  OutputOptions,
  TreeAnswer,
  TreeOperations,
  TreeRequest,
} from './tree-operations.js';

/**
 * Makes a directory of files that appears as a whole when `publish()` is called. The files are written by a thread
 * of ours. `close()` and `remove()` may be called at any moment, also while something else is under way, which rejects
 * then.
 */
export class DirectoryWriter {
  readonly #options: OutputOptions;
  #task: WriteTask | undefined;
  #isClosed = false;
  /** Which directory was made, once that is known. */
  #made: MadeDirectory | undefined;
  #removed: Promise<void> | undefined;
  #files = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /**
   * @returns whether an earlier attempt has left files that may be reused.
   * @throws {@link PipeModeError} `DEST_OCCUPIED`, `DEST_NOT_WRITABLE`, `DEST_NOT_A_DIRECTORY`, `TOO_MANY_OPEN_FILES`
   */
  async create(): Promise<boolean> {
    if (this.#isClosed) throw givenUp();
    this.#task = new WriteTask(this.#options);
    const { made, mayReuse } = await this.#task.call('create', []);
    this.#made = made;
    return mayReuse;
  }

  /** Uses the file that an earlier attempt has left, and says whether there is one that can be used. */
  reuse(spec: FileSpec, size: number): Promise<boolean> {
    return this.#task!.call('reuse', [spec, size]);
  }

  /** Makes a file of parts that are on this machine: a clone of what they are, where the file system can. */
  async writeLocal(spec: FileSpec, parts: readonly LocalPart[]): Promise<void> {
    const task = this.#task!;
    const file = this.#files++;
    const packed = packParts(parts);
    const state = await task.call('writeLocal', [file, spec, packed], packedBuffers(packed));
    if (state === 'complete') return;
    await copyRest(task, file);
    await task.call('commit', [file]);
  }

  /** Begins a file; several may be written at once. */
  async begin(spec: FileSpec): Promise<NewFile> {
    const task = this.#task!;
    const file = this.#files++;
    await task.call('begin', [file, spec]);
    return new NewFile(task, file);
  }

  /** Gives the directory its name: all of its files are there. */
  async publish(): Promise<void> {
    await this.#task!.call('publish', []);
  }

  /** Gives up what is being written. What is complete stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#task?.close();
  }

  /**
   * Closes, and removes the directory. What was not published is kept, so that the next attempt goes on from there,
   * unless there is nothing in it that it could use. Does it once: afterwards the name may be another channel's.
   *
   * @throws {@link PipeModeError} `DEST_NOT_WRITABLE`; then it may be called again
   */
  remove(): Promise<void> {
    return (this.#removed ??= this.#remove().catch((error: unknown) => {
      this.#removed = undefined;
      throw error;
    }));
  }

  async #remove(): Promise<void> {
    await this.close();
    if (!this.#task) return;
    // What the closed task was asked before has been done by the time that this one is: they share a thread.
    const task = new WriteTask(this.#options);
    try {
      await task.call('remove', [this.#made]);
    } finally {
      await task.close();
    }
  }
}

/** A file that is being written. */
export class NewFile {
  readonly #task: WriteTask;
  readonly #file: number;

  constructor(task: WriteTask, file: number) {
    this.#task = task;
    this.#file = file;
  }

  async appendParts(parts: readonly LocalPart[]): Promise<void> {
    const packed = packParts(parts);
    const state = await this.#task.call('appendParts', [this.#file, packed], packedBuffers(packed));
    if (state === 'more') await copyRest(this.#task, this.#file);
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    const chunk = joined(chunks);
    await this.#task.call('append', [this.#file, chunk], [chunk.buffer]);
  }

  async commit(): Promise<void> {
    await this.#task.call('commit', [this.#file]);
  }
}

/** The operations of a tree, from the main thread's side. */
class WriteTask {
  readonly #running: RunningTask<TreeAnswer, TreeRequest>;

  constructor(options: OutputOptions) {
    this.#running = startTask(writeThread, FILE_TREE, options);
  }

  async call<Op extends keyof TreeOperations>(
    op: Op,
    args: Parameters<TreeOperations[Op]>,
    transfer?: ArrayBuffer[],
  ): Promise<ReturnType<TreeOperations[Op]>> {
    const { done, value } = await this.#running.next({ op, args } as TreeRequest, transfer);
    if (done) throw givenUp();
    return value as ReturnType<TreeOperations[Op]>;
  }

  close(): Promise<void> {
    return this.#running.close();
  }
}

async function copyRest(task: WriteTask, file: number): Promise<void> {
  while ((await task.call('copyMore', [file])) === 'more');
}

function givenUp(): PipeModeError {
  return new PipeModeError('ABORTED', 'The directory was given up while it was written.');
}

/** Bytes that own their memory: sending a view would send all that it is a view of. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
