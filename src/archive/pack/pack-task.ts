import { taskKind } from '../../workers/task.js';
import type { LeftOut } from './tree.js';

/** How far the packing of a directory has come. */
export interface PackProgress {
  /** Files, directories and links. */
  readonly entries: number;
  /** What the files hold, in bytes. */
  readonly bytes: number;
}

/** What a step has packed. */
export interface PackStep extends PackProgress {
  /** How much of the block was filled, in bytes. Less than all of it in the last step only. */
  readonly length: number;
  /** What was left out since the step before. */
  readonly leftOut: readonly LeftOut[];
}

/** Packs a directory as tar into blocks of memory, one per step. */
export const PACK = taskKind<{ readonly directory: string }, SharedArrayBuffer, PackStep>('pack');
