/** Lines of numbers, which compress as training data does: to a half or less. */
export function csvText(bytes: number, seed: number): Buffer {
  const text = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes;) {
    const numbers = Array.from({ length: 64 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return ((state >>> 8) / 0x1000000).toFixed(4);
    });
    at += text.write(`${numbers.join(',')}\n`, at, 'latin1');
  }
  return text;
}
