import { fileURLToPath } from 'node:url';

/** More callers than this are not worth a line. */
const MOST_FRAMES = 12;

const NOT_THE_USERS = /[(\s](?:file:\/\/)?(?:node:|\/\S*\/node_modules\/)/;

/** A place in the code. Nothing of it is formatted before it is looked at. */
export interface Mark {
  readonly stack?: string;
}

/** A place in the code, to be looked at with `callersOf`. Cheap. */
export function markHere(): Mark {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  try {
    return new Error('made here');
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * The callers of that place which are not in this package, a line each, innermost first. Node's own and those of other
 * packages, such as the test runner, are left out, unless there are no others.
 */
export function callersOf(mark: Mark): string {
  const frames = (mark.stack ?? '')
    .split('\n')
    .slice(1)
    .map((frame) => frame.trim());
  const own = ownDirectories();
  const first = frames.findIndex((frame) => !own.some((directory) => frame.includes(directory)));
  const callers = frames.slice(Math.max(first, 0));
  const users = callers.filter((frame) => !NOT_THE_USERS.test(frame));
  return (users.length > 0 ? users : callers).join('\n');
}

/** Where something was made, in one line: `at …`. */
export function firstCallerOf(mark: Mark): string {
  return callersOf(mark).split('\n', 1)[0]!;
}

/** As stacks have them: as URLs and as paths. */
function ownDirectories(): readonly string[] {
  const here = import.meta.url as string | undefined;
  if (here === undefined) return []; // in somebody's bundle, where everything is in one file
  const built = new URL('.', here); // all of the package is in one directory
  const sources = new URL('../src/', built); // by source maps
  return [built, sources].flatMap((url) => [url.href, fileURLToPath(url)]);
}
