// UTF-16 puts the code points above U+FFFF, which it spells with the surrogates D800–DFFF, before U+E000–U+FFFF;
// UTF-8 puts them last. Moving these two blocks past each other makes the one order the other.
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/**
 * Compares two keys by the bytes of their UTF-8 form, the order in which S3 lists, without encoding them.
 * Both have to be well-formed strings (no surrogate without its other half), as every decoded key is.
 *
 * @returns a negative number if `a` comes first, a positive one if `b` does, 0 if they are equal
 */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
