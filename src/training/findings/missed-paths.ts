import { parsePath } from '../hang/epoch-name.js';
import type { Evidence } from './finding.js';

const NOT_THERE = /no such file|not found|ENOENT|does not exist|cannot open|can't open/i;
const GAVE_UP = /tim(?:ed?|ing)[ -]?out|g[ai]ve?(?:s|n)? up|giving up/i;

/** A path below the directory of the channels that a program has failed with. */
export interface MissedPath {
  readonly path: string;
  readonly name: string;
  /** Whether its message says that it was not there, and not only that it had waited. */
  readonly wasMissing: boolean;
}

/** The paths that the last lines of a program that has failed say it could not have. */
export function missedPaths({
  exit,
  endedByItself,
  lastLines,
  data,
  channels,
}: Evidence): readonly MissedPath[] {
  if (!endedByItself || exit.code === 0) return [];
  const paths = new RegExp(`${data.replaceAll(/[^\w/]/g, '\\$&')}/[\\w.-]*\\w`, 'g');
  const missed = lastLines.flatMap((line) => {
    const wasMissing = NOT_THERE.test(line);
    if (!wasMissing && !GAVE_UP.test(line)) return [];
    return (line.match(paths) ?? []).map((path) => ({ path, wasMissing }));
  });
  const byPath = new Map(missed.map((each) => [each.path, each]));
  return [...byPath.values()].map((each) => ({
    ...each,
    name: parsePath(each.path, { data, channels })!.name,
  }));
}
