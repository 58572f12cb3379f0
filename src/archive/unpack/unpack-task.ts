import { taskKind } from '../../workers/task.js';
import type { UnpackInput } from './archive-bytes.js';

/** How far the unpacking of an archive has come. */
export interface UnpackProgress {
  /** Files, directories and links. */
  readonly entries: number;
  /** What the files hold, in bytes. */
  readonly bytes: number;
}

export interface UnpackArguments {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly linksMayLeave: boolean;
  readonly leavesOutSpecial: boolean;
}

/** Unpacks the chunks of an archive, one per step, into a directory that is empty. */
export const UNPACK = taskKind<UnpackArguments, UnpackInput, UnpackProgress>('unpack');
