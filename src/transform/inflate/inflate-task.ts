import type { PackedParts } from '../../body/packed-parts.js';
import { taskKind } from '../../workers/task.js';
import type { InflateInput, InflateOutput } from './inflater.js';

/** Inflates one object: from `parts`, or else from what the steps are given. */
export const INFLATE = taskKind<
  { readonly parts: PackedParts | undefined },
  InflateInput | undefined,
  InflateOutput
>('inflate', { moved: ({ chunk }) => [chunk.buffer as ArrayBuffer] });
