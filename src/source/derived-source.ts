import type { Source } from './source.js';

/** A source around a source: what belongs to the inner one as a whole goes to the inner one. */
export function derivedSource(
  inner: Source,
  parts: Required<Pick<Source, 'index' | 'pages'>> & { readonly mayBeEmpty: boolean | undefined },
): Source {
  return {
    ...(inner.description === undefined ? undefined : { description: inner.description }),
    readsFiles: inner.readsFiles ?? false,
    listsHere: () => inner.listsHere?.() ?? false,
    mayBeEmpty: parts.mayBeEmpty ?? false,
    async check(context) {
      await inner.check?.(context);
    },
    async close() {
      await inner.close?.();
    },
    async *objects(context) {
      for await (const page of parts.pages(context)) yield* page;
    },
    pages: parts.pages,
    index: parts.index,
  };
}
