// Runs in a thread of ours: everything here is synchronous.
import { PipeModeError } from '../errors.js';
import { DirectoryHandle } from '../fs/directory-handle.js';
import { identityOf } from '../fs/identity.js';
import { makeDirectory } from '../fs/make-directory.js';
import { forgetCompleted, noteName, recordCompleted } from './completed-directories.js';
import { interfered } from './directory-errors.js';
import { EarlierFiles } from './earlier-files.js';
import type { MadeDirectory, OutputOptions } from './tree-operations.js';
import { Folders } from './folders.js';
import { identityAt, refuseUnlessEmpty, takeOverLeftovers } from './leftovers.js';
import { removeTree } from './remove-tree.js';
import { type FileRecord, ResumeLog } from './resume-log.js';
import { attemptAfter, attemptsIn, workName } from './work-directory.js';

/**
 * Where a channel's directory grows until it is complete: in a work directory in `dest`, which is removed when the
 * directory gets its name. Everything in it is reached through open directories.
 */
export class Workspace {
  /** What is being made. */
  readonly tree: Folders;
  readonly made: MadeDirectory;
  /** What attempts before have completed. */
  readonly earlier: EarlierFiles;
  readonly log: ResumeLog;
  readonly #options: OutputOptions;
  readonly #dest: DirectoryHandle;
  readonly #work: DirectoryHandle;
  readonly #attempt: string;
  readonly #opened: { close(): void }[] = [];

  /** @throws {@link PipeModeError} `DEST_OCCUPIED`, `DEST_NOT_WRITABLE`, `DEST_NOT_A_DIRECTORY` */
  constructor(options: OutputOptions) {
    this.#options = options;
    checkRootName(options.name);
    try {
      makeDirectory(options.dest);
      this.#dest = this.#closeLater(DirectoryHandle.open(options.dest));
      const { work, records } = takeOverLeftovers(this.#dest, options.name);
      this.#work = this.#closeLater(work);
      const attempts = attemptsIn(work);
      this.#attempt = attemptAfter(attempts);
      work.makeDirectory(this.#attempt, 0o755);
      this.tree = this.#closeLater(new Folders(work.openDirectory(this.#attempt)));
      const root = identityOf(this.tree.root.stats());
      this.made = { identity: root, note: noteName(this.#dest, options.name) };
      this.log = this.#closeLater(ResumeLog.begin(work, { root, path: this.path, records }));
      forgetCompleted(this.made.note);
      this.earlier = this.#openEarlier(attempts, records);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The directory's path when it is complete. */
  get path(): string {
    return `${this.#dest.path}/${this.#options.name}`;
  }

  /** Gives the directory its name, and removes everything else. */
  publish(): void {
    const { name, readOnly } = this.#options;
    if (readOnly) this.tree.chmodMade(0o555);
    recordCompleted(this.made.note, this.log);
    this.#renameIntoPlace();
    if (readOnly) this.tree.root.chmod(0o555);
    removeTree(this.#dest, workName(name), this.#work);
  }

  close(): void {
    for (const opened of this.#opened.splice(0).reverse()) opened.close();
  }

  #renameIntoPlace(): void {
    const { name } = this.#options;
    try {
      this.#work.rename(this.#attempt, this.#dest, name);
      if (identityAt(this.#dest, name) !== this.made.identity)
        throw interfered(this.path, 'another directory');
    } catch (error) {
      forgetCompleted(this.made.note);
      refuseUnlessEmpty(this.#dest, name); // which mostly tells more
      throw error;
    }
  }

  /** Of attempts that have completed nothing, nothing is kept. */
  #openEarlier(attempts: readonly string[], records: ReadonlyMap<string, FileRecord>): EarlierFiles {
    const earlier = attempts.map((name) => this.#closeLater(new Folders(this.#work.openDirectory(name))));
    if (records.size > 0) return new EarlierFiles(earlier, records);
    attempts.forEach((name, index) => removeTree(this.#work, name, earlier[index]!.root));
    return new EarlierFiles([], records);
  }

  #closeLater<T extends { close(): void }>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }
}

/** What names a FIFO may not name a directory. */
function checkRootName(name: string): void {
  if (name !== '.' && name !== '..') return;
  throw new PipeModeError(
    'INVALID_CHANNEL_NAME',
    `A channel in File mode cannot be called "${name}": its directory would be \`dest\` itself or the one above. Rename it.`,
  );
}
