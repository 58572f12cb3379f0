import type { Source } from '../source.js';

interface Mark extends Pick<Source, 'check' | 'objects' | 'pages'> {
  readonly root: string;
}

/** By identity: a source that is made of another one, or whose listing somebody has replaced, lists something else. */
const marked = new WeakMap<Source, Mark>();

/** Notes that a source's objects are the files below a path, as they are and in order: whoever writes them may list them. */
export function markFilesBelow(source: Source, root: string): Source {
  marked.set(source, { ...source, root });
  return source;
}

/** The path below which a source's objects are, if it was marked and is as it was then. */
export function filesBelow(source: Source): string | undefined {
  const mark = marked.get(source);
  const isAsItWas =
    mark?.objects === source.objects && mark.pages === source.pages && mark.check === source.check;
  return isAsItWas ? mark.root : undefined;
}
