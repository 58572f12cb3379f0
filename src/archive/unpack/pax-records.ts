// Runs in a thread of ours: everything here is synchronous.
import { invalid } from './unpack-errors.js';

/**
 * The records of a pax header, `LENGTH KEY=VALUE\n`. Values are bytes: where there is `hdrcharset=BINARY`, names are not
 * UTF-8, and they may contain newlines in any case.
 */
export function parsePaxRecords(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const digits = bytes.toString('latin1', at, Math.max(space, at));
    const length = /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf('=', space);
    if (end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end)
      throw invalid(`a pax header is malformed at its byte ${at}`);
    records.set(bytes.toString('latin1', space + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
