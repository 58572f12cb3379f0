/** What there is in RecordIO that is in memory as a whole: the payloads, and the code of what is wrong behind them. */
export interface Decoded {
  readonly payloads: readonly Buffer[];
  readonly code: string | undefined;
}

/** As plainly as it can be said. */
export function decodeReference(bytes: Buffer): Decoded {
  const payloads: Buffer[] = [];
  let parts: Buffer[] | undefined;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 8) return { payloads, code: 'RECORDIO_TRUNCATED' };
    if (bytes.readUInt32LE(at) !== 0xced7230a) return { payloads, code: 'RECORDIO_INVALID' };
    const word = bytes.readUInt32LE(at + 4);
    const flag = Math.floor(word / 2 ** 29);
    const length = word % 2 ** 29;
    const allowed = parts === undefined ? [0, 1] : [2, 3];
    if (!allowed.includes(flag)) return { payloads, code: 'RECORDIO_INVALID' };
    at += 8;
    if (bytes.length - at < length) return { payloads, code: 'RECORDIO_TRUNCATED' };
    parts = [...(parts ?? []), bytes.subarray(at, at + length)];
    if (flag === 0 || flag === 3) {
      payloads.push(Buffer.concat(parts));
      parts = undefined;
    }
    at += Math.ceil(length / 4) * 4;
    if (at > bytes.length) return { payloads, code: 'RECORDIO_TRUNCATED' };
  }
  return { payloads, code: parts === undefined ? undefined : 'RECORDIO_TRUNCATED' };
}
