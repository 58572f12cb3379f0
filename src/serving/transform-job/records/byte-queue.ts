const NOTHING = new Uint8Array(0);

/** Bytes that have come, and are not taken yet. */
export class ByteQueue {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** The first ones, which stay; a view if they are in one piece. There have to be as many. */
  peek(bytes: number): Uint8Array {
    const first = this.#pieces[0] ?? NOTHING;
    if (first.length >= bytes) return first.subarray(0, bytes);
    const joined = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, bytes - at);
      joined.set(part, at);
      at += part.length;
      if (at === bytes) break;
    }
    return joined;
  }

  /** The same, and takes them away. */
  take(bytes: number): Uint8Array {
    const taken = this.peek(bytes);
    let left = bytes;
    let whole = 0;
    while (whole < this.#pieces.length && this.#pieces[whole]!.length <= left)
      left -= this.#pieces[whole++]!.length;
    if (whole > 0) this.#pieces.splice(0, whole);
    if (left > 0) this.#pieces[0] = this.#pieces[0]!.subarray(left);
    this.#length -= bytes;
    return taken;
  }
}
