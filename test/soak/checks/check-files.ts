import type { Problem } from '../problem.js';
import type { ChannelRecord } from '../record.js';
import type { Candidate } from './candidates.js';

/** The files that File mode has made. */
export function checkFiles({ files }: ChannelRecord, candidates: Candidate[]): Problem[] {
  if (files === undefined) return [];
  const isRight = candidates.some(
    ({ objects }) =>
      objects.length === files.size &&
      objects.every(({ path, bytes }) => files.get(path)?.equals(bytes) === true),
  );
  if (isRight) return [];
  const { objects = [] } = candidates.at(-1) ?? {};
  const differ = objects.filter(({ path, bytes }) => files.get(path)?.equals(bytes) !== true);
  const names = differ.slice(0, 3).map(({ path }) => JSON.stringify(path));
  return [{ rule: 'file-mode', detail: `${files.size} files of ${objects.length}; wrong or missing: ${names.join(', ') || 'none'}` }]; // prettier-ignore
}
