import { fileURLToPath } from 'node:url';

/** More callers than this are not worth a line. */
const MOST_FRAMES = 12;

/** A place in the code, to be looked at with `callersOf`. Cheap: nothing is formatted yet. */
export function markHere(): { readonly stack?: string } {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  try {
    return new Error('made here');
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The callers of that place which are not in this package, a line each, innermost first. */
export function callersOf(mark: { readonly stack?: string }): string {
  const frames = (mark.stack ?? '').split('\n').slice(1);
  const own = ownDirectories();
  const first = frames.findIndex((frame) => !own.some((directory) => frame.includes(directory)));
  return frames
    .slice(Math.max(first, 0))
    .map((frame) => frame.trim())
    .join('\n');
}

/** As stacks have them: as URLs and as paths. */
function ownDirectories(): readonly string[] {
  const here = import.meta.url as string | undefined;
  if (here === undefined) return []; // in somebody's bundle, where everything is in one file
  const built = new URL('.', here); // all of the package is in one directory
  const sources = new URL('../src/', built); // by source maps
  return [built, sources].flatMap((url) => [url.href, fileURLToPath(url)]);
}
