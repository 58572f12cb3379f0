import type { EpochContext, OpenContext, Source, SourceObject } from '../../src/source/source.js';

export interface ReadObject {
  readonly key: string;
  readonly size: number | undefined;
  readonly bytes: Buffer;
}

/** What a channel tells a source and its objects. */
export function contextOf(signal = new AbortController().signal): EpochContext & OpenContext {
  // Nothing here is held longer than a chunk.
  const memory = { tryReserve: () => true, release: () => undefined };
  return { epoch: 0, signal, memory };
}

/** The objects of one epoch, one by one. */
export async function* listingOf(source: Source, signal?: AbortSignal): AsyncGenerator<SourceObject, void> {
  yield* source.objects(contextOf(signal));
}

/** What `start()` asks a source. */
export async function check(source: Source, signal?: AbortSignal): Promise<void> {
  await source.check?.(contextOf(signal));
}

export async function keysOf(source: Source): Promise<string[]> {
  const keys = [];
  for await (const { key } of source.objects(contextOf())) keys.push(key);
  return keys;
}

/** Every object of one epoch, one after the other. */
export async function readAll(source: Source, signal?: AbortSignal): Promise<ReadObject[]> {
  const read = [];
  for await (const object of source.objects(contextOf(signal))) {
    read.push({ key: object.key, size: object.size, bytes: await bytesOf(object, signal) });
  }
  return read;
}

export async function bytesOf(object: SourceObject, signal?: AbortSignal): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of object.open(contextOf(signal))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first object that a source lists. */
export async function firstOf(source: Source): Promise<SourceObject> {
  for await (const object of source.objects(contextOf())) return object;
  throw new Error('The source lists no object.');
}
