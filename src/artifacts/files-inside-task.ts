import type { FileStatus } from '../fs/file-errors.js';
import type { SeenDirectory } from '../fs/follow-inside.js';
import { taskKind } from '../workers/task.js';

/** What to list. */
export interface FilesInsideArguments {
  /** What links may lead to. */
  readonly within: SeenDirectory;
  /** The folder in it that is listed, relative to it. */
  readonly folder: string;
}

/** A file as a program has it in a folder. */
export interface FileInside {
  /** Its path relative to the folder, by way of links. */
  readonly key: string;
  /** Where it really is on this machine, without any link. */
  readonly path: string;
  readonly status: FileStatus;
}

/** What is no file, or none of the program's. */
export interface LeftInside {
  readonly key: string;
  readonly reason: string;
}

export type FoundInside = FileInside | LeftInside;

/** Lists the files that a program has left in a folder, some per step. */
export const FILES_INSIDE = taskKind<FilesInsideArguments, undefined, readonly FoundInside[]>('filesInside');
