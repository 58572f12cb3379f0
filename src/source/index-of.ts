import { checkInteger } from '../options/checks.js';
import { pagesOf } from './pages-of.js';
import type { EpochContext, Source, SourceIndex, SourceObject } from './source.js';

/** Access to a source's entries in any order: its own, or one made of a list of its objects. */
export async function indexOf(source: Source, context: EpochContext): Promise<SourceIndex> {
  if (source.index) {
    const index = await source.index(context);
    checkInteger(
      'index.length',
      'the number of entries of the source',
      (index as SourceIndex | undefined)?.length,
      0,
    );
    return index;
  }
  const listed: SourceObject[] = [];
  for await (const page of pagesOf(source, context)) for (const object of page) listed.push(object);
  return indexByPosition(listed.length, (position) => listed[position]!);
}

/** How many objects come at a time. */
const PAGE = 512;

/** An index whose entries are one object each, made when they are asked for. */
export function indexByPosition(length: number, at: (position: number) => SourceObject): SourceIndex {
  return {
    length,
    async *read(positions) {
      let page: SourceObject[] = [];
      for (const position of positions) {
        page.push(at(position));
        if (page.length < PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
  };
}

/** Reads an index from its beginning to its end, and lets go of it. */
export async function* readIndex(index: SourceIndex): AsyncGenerator<readonly SourceObject[]> {
  try {
    yield* index.read(upTo(index.length));
  } finally {
    await index.close?.();
  }
}

function* upTo(length: number): Generator<number> {
  for (let position = 0; position < length; position++) yield position;
}
