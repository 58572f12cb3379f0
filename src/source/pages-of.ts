import type { EpochContext, Source, SourceObject } from './source.js';

/** The objects of an epoch, in the larger pieces in which the source has them. */
export function pagesOf(source: Source, context: EpochContext): AsyncIterable<readonly SourceObject[]> {
  return source.pages?.(context) ?? oneByOne(source.objects(context));
}

async function* oneByOne(
  objects: AsyncIterable<SourceObject> | Iterable<SourceObject>,
): AsyncGenerator<SourceObject[]> {
  for await (const object of objects) yield [object];
}
