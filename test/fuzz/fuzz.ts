import fc from 'fast-check';

/** How often each property is tried; `FUZZ_RUNS=100000 npx vitest run test/fuzz` for a long session. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);

/** Another one in every run, unless `FUZZ_SEED` is one that was printed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() & 0x7fffffff);

/** Longer than any session that somebody waits for: time is bounded by the number of runs. */
export const FUZZ_TIMEOUT_MS = 60_000 + RUNS * 10;

console.log(`Fuzzing with FUZZ_RUNS=${RUNS} FUZZ_SEED=${SEED}`);

/** Tries a property so often, from the seed that was printed. */
export async function fuzz<T>(property: fc.IAsyncProperty<T> | fc.IProperty<T>): Promise<void> {
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
}

/** One change of bytes, as a broken disk, a wrong offset or somebody with bad intentions makes it. */
type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number };

/** Where it happens, as a fraction of the length. */
const at = fc.double({ min: 0, max: 1, noNaN: true });

/** No, one or several changes. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at, byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
    fc.record({ kind: fc.constant('flip' as const), at, byte: fc.nat(7).map((bit) => 1 << bit) }),
    fc.record({ kind: fc.constant('insert' as const), at, bytes: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ kind: fc.constant('delete' as const), at, length: fc.nat(9) }),
    fc.record({ kind: fc.constant('repeat' as const), at, length: fc.nat(40) }),
    fc.record({ kind: fc.constant('cut' as const), at }),
  ),
  { maxLength: 4 },
);

export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Buffer {
  return changes.reduce(change, Buffer.from(bytes));
}

function change(bytes: Buffer, mutation: Mutation): Buffer {
  const place = Math.floor(mutation.at * bytes.length);
  const before = bytes.subarray(0, place);
  switch (mutation.kind) {
    case 'set':
      return place < bytes.length ? withByte(bytes, place, mutation.byte) : bytes;
    case 'flip':
      return place < bytes.length ? withByte(bytes, place, bytes[place]! ^ mutation.byte) : bytes;
    case 'insert':
      return Buffer.concat([before, mutation.bytes, bytes.subarray(place)]);
    case 'delete':
      return Buffer.concat([before, bytes.subarray(place + mutation.length)]);
    case 'repeat':
      return Buffer.concat([before, bytes.subarray(place, place + mutation.length), bytes.subarray(place)]);
    case 'cut':
      return Buffer.from(before);
  }
}

function withByte(bytes: Buffer, place: number, byte: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = byte;
  return changed;
}
