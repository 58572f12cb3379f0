import { closestMatch } from 'leven';

/** Most slips are one or two letters; in a short name three of them make another one. */
const MOST_EDITS = 3;

/** A question, with a space before it, if one of the names that there are is nearly the one that there is not. */
export function didYouMean(name: string, known: readonly string[]): string {
  const lowered = known.map((each) => each.toLowerCase());
  const maxDistance = Math.min(MOST_EDITS, Math.floor(name.length / 2));
  const match = closestMatch(name.toLowerCase(), lowered, { maxDistance });
  return match === undefined ? '' : ` Did you mean \`${known[lowered.indexOf(match)]!}\`?`;
}
