import { nameOfDocument, readDocument } from './document.js';
import { UsageError } from './usage-error.js';

/** A document's members, by name. */
export type Members = Readonly<Record<string, unknown>>;

/**
 * Reads a request, in the shape of one of AWS's. Whether it is one is for the library to check.
 *
 * @param expected - what it might have, to follow `expected members such as`
 * @throws UsageError
 */
export async function readMembers(file: string, expected: string): Promise<Members> {
  const document = (await readDocument(file)) ?? {}; // an empty one asks for nothing
  if (typeof document === 'object' && !Array.isArray(document)) return document as Members;
  throw new UsageError(`${nameOfDocument(file)} is no request: expected members such as ${expected}.`);
}

/**
 * What a map of a document becomes with what an option says, such as `--env NAME=VALUE`. What is no map stays, for the library to
 * refuse.
 *
 * @throws UsageError
 */
export function withPairs(given: unknown, option: string, pairs: readonly string[]): unknown {
  const isMap = given === undefined || given === null || (typeof given === 'object' && !Array.isArray(given));
  const own = Object.fromEntries(pairs.map((pair) => splitPair(option, pair)));
  return isMap ? { ...given, ...own } : given;
}

function splitPair(option: string, pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`Expected ${option} NAME=VALUE, got "${pair}".`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
