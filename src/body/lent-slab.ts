/** Memory in pieces of one size, which is used again and again. */
export interface Slabs {
  /** How large a piece is. */
  readonly slabBytes: number;
  take(): Uint8Array;
  /** Takes one back that nobody looks at any more. */
  give(slab: Uint8Array): void;
}

const lent = new WeakMap<Uint8Array, Uint8Array>();

/**
 * The beginning of a slab, for whoever writes it and then gives the slab back. Nobody else may keep these bytes; whoever
 * hands them on to somebody else takes the slab out of use by `takeLentSlab()`.
 */
export function lendSlab(slab: Uint8Array, length: number): Uint8Array {
  const bytes = slab.subarray(0, length);
  lent.set(bytes, slab);
  return bytes;
}

/** The slab that bytes stand in, if it was lent and nobody has asked before. */
export function takeLentSlab(bytes: Uint8Array): Uint8Array | undefined {
  const slab = lent.get(bytes);
  if (slab) lent.delete(bytes);
  return slab;
}
