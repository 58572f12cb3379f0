import { resolve } from 'node:path';

import { isS3 } from '../options/s3-form.js';
import { fieldOf } from './document.js';
import type { Members } from './members.js';
import { UsageError } from './usage-error.js';

/** Where a request of `CreateModel` has what a model is made of. */
export const CONTAINER_MEMBERS = ['PrimaryContainer', 'Containers'];

/**
 * What a request of `CreateModel`, or a document that has one, says of its container: `Image`, `ModelDataUrl`, `Environment` …
 *
 * @throws UsageError
 */
export function containerOf(document: Members): Members | undefined {
  return onlyOne(document, 'PrimaryContainer', 'Containers');
}

/** What a document has as one, or as the only one of several. @throws UsageError */
export function onlyOne(document: Members, single: string | undefined, several: string): Members | undefined {
  const one = single === undefined ? undefined : fieldOf(document, single);
  const list = fieldOf(document, several);
  if (list === undefined) return one as Members | undefined;
  if (Array.isArray(list) && list.length === 1 && one === undefined) return list[0] as Members;
  throw new UsageError(
    `A model here has one container, and one variant: expected ${several} to have one entry.`,
  );
}

/** `--model`: one of the command line is relative to the working directory, and not to the document. */
export function modelLocation(model: string): string {
  return isS3(model) || model.startsWith('file:') ? model : resolve(model);
}
