/** The numbers of a tensor, as typed arrays have them. */
export type TypedValues = Float32Array | Float64Array | Int32Array;

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Floats as the wire has them, little-endian. On nearly every machine that is the very memory, uncopied. */
export function floatsToBytes(floats: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : swapped(new Uint8Array(bytes), floats.BYTES_PER_ELEMENT);
}

/** The floats in bytes of the wire; `bytes` has memory of its own, which becomes that of the floats. */
export function bytesToFloats(bytes: Uint8Array<ArrayBuffer>, size: 4 | 8): Float32Array | Float64Array {
  const { buffer } = IS_LITTLE_ENDIAN ? bytes : swapped(bytes, size);
  return size === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
}

function swapped(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const view = Buffer.from(bytes.buffer);
  if (size === 4) view.swap32();
  else view.swap64();
  return bytes;
}
