import type { LocalPart } from '../body/body.js';
import { packedBuffers, packParts } from '../body/packed-parts.js';
import { type RunningTask, startTask } from '../workers/run-task.js';
import { writeThread } from '../workers/threads.js';
import { FILE_TREE } from './file-tree-task.js';
import type { FileSpec, TreeAnswer, OutputOptions, TreeRequest } from './file-tree.js';

/**
 * Makes a directory of files that appears as a whole when `complete()` is called. The files are written by a thread
 * of ours.
 */
export class DirectorySink {
  readonly #place: OutputOptions;
  #task: RunningTask<TreeAnswer, TreeRequest> | undefined;
  #files = 0;
  #isPrepared = false;

  constructor(place: OutputOptions) {
    this.#place = place;
  }

  /**
   * @returns whether an earlier attempt has left files that may be kept.
   * @throws {@link PipeModeError} `DEST_OCCUPIED`, `DEST_NOT_WRITABLE`, `DEST_NOT_A_DIRECTORY`
   */
  async create(): Promise<boolean> {
    this.#task = startTask(writeThread, FILE_TREE, this.#place);
    const mayKeep = await this.#ask({ op: 'prepare' });
    this.#isPrepared = true;
    return mayKeep;
  }

  /** Whether an earlier attempt has left this very file. */
  keep(spec: FileSpec, size: number): Promise<boolean> {
    return this.#ask({ op: 'keep', spec, size });
  }

  /** Makes a file of parts that are on this machine: a clone or a link of what they are, where that is safe. */
  async place(spec: FileSpec, parts: readonly LocalPart[]): Promise<void> {
    const file = this.#files++;
    const packed = packParts(parts);
    const isDone = await this.#ask({ op: 'place', file, spec, parts: packed }, packedBuffers(packed));
    if (isDone) return;
    await this.#copyOn(file);
    await this.#ask({ op: 'commit', file });
  }

  /** Begins a file; several may be written at once. It has no name before it is complete. */
  async begin(spec: FileSpec): Promise<NewFile> {
    const file = this.#files++;
    await this.#ask({ op: 'open', file, spec });
    return new NewFile(file, (request, transfer) => this.#ask(request, transfer));
  }

  /** Gives the directory its name: all of its files are there. */
  async complete(): Promise<void> {
    await this.#ask({ op: 'complete' });
  }

  /** Gives up what is being written. What is complete stays. */
  async close(): Promise<void> {
    await this.#task?.close();
  }

  /**
   * Removes the directory that was completed. What was not is kept, so that the next attempt goes on from there,
   * unless there is nothing in it that it could use.
   */
  async remove(): Promise<void> {
    if (!this.#isPrepared) return;
    this.#isPrepared = false;
    const task = startTask(writeThread, FILE_TREE, this.#place);
    try {
      await task.next({ op: 'remove' });
    } finally {
      await task.close();
    }
  }

  async #copyOn(file: number): Promise<void> {
    while (!(await this.#ask({ op: 'copyOn', file })));
  }

  async #ask(request: TreeRequest, transfer?: ArrayBuffer[]): Promise<boolean> {
    const { done, value } = await this.#task!.next(request, transfer);
    if (done) throw new Error('The directory was given up');
    return value;
  }
}

type Ask = (request: TreeRequest, transfer?: ArrayBuffer[]) => Promise<boolean>;

/** A file that is being written. */
export class NewFile {
  readonly #file: number;
  readonly #ask: Ask;

  constructor(file: number, ask: Ask) {
    this.#file = file;
    this.#ask = ask;
  }

  async appendParts(parts: readonly LocalPart[]): Promise<void> {
    const packed = packParts(parts);
    const file = this.#file;
    let isDone = await this.#ask({ op: 'parts', file, parts: packed }, packedBuffers(packed));
    while (!isDone) isDone = await this.#ask({ op: 'copyOn', file });
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    const chunk = joined(chunks);
    await this.#ask({ op: 'chunk', file: this.#file, chunk }, [chunk.buffer]);
  }

  async commit(): Promise<void> {
    await this.#ask({ op: 'commit', file: this.#file });
  }
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
