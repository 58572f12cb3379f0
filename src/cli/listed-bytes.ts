import type { Source } from 'sagemaker-pipe-mode';

/** From here on a record is several, and how many is the library's to know. */
const MOST_IN_RECORD = 2 ** 29;

/** How many bytes all objects of a source have, by its listing; `undefined` if it does not say. */
export async function listedBytes(
  source: Source,
  { recordio = false, signal }: { readonly recordio?: boolean; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const context = { epoch: 0, signal };
  const pages = source.pages?.(context) ?? pagesOf(source.objects(context));
  let sum = 0;
  for await (const page of pages) {
    for (const { size } of page) {
      if (size === undefined || (recordio && size >= MOST_IN_RECORD)) return undefined;
      sum += recordio ? recordBytes(size) : size;
    }
  }
  return sum;
}

async function* pagesOf<T>(objects: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[]> {
  for await (const object of objects) yield [object];
}

/** A header of 8 bytes, and padding to 4. */
function recordBytes(size: number): number {
  return 8 + Math.ceil(size / 4) * 4;
}
