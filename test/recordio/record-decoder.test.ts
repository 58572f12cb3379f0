import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { decodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
import { describe, expect, test } from 'vitest';

import { HEADER_BYTES, MAX_PART_BYTES, partHeader, PartFlag } from '../../src/recordio/framing.js';
import { RecordDecoder } from '../../src/recordio/record-decoder.js';
import { noise } from '../support/bytes.js';
import { thrown } from '../support/expected-errors.js';

const MIB = 1024 * 1024;

/** How much memory for bytes is held more afterwards. */
function allocatedBy(action: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  action();
  return process.memoryUsage().arrayBuffers - before;
}

/** A header that claims as much as one can, and four bytes. */
function claim(): Buffer {
  return Buffer.concat([partHeader(PartFlag.whole, MAX_PART_BYTES), Buffer.from('four')]);
}

describe('a header that claims 512 MiB', () => {
  test('allocates for what has come', () => {
    const decoder = new RecordDecoder();
    const allocated = allocatedBy(() => {
      decoder.push(claim());
      expect(decoder.next()).toBeUndefined();
    });
    expect(allocated).toBeLessThan(8 * MIB);
    const error = thrown(() => {
      decoder.end();
    });
    expect(error).toMatchObject({ code: 'RECORDIO_TRUNCATED' });
    expect(error.message).toContain(`it has 4 of the ${MAX_PART_BYTES} bytes of its part`);
  });

  test('allocates more as more comes, and never much more than that', () => {
    const decoder = new RecordDecoder();
    const chunk = Buffer.alloc(MIB);
    const allocated: number[] = [];
    const before = process.memoryUsage().arrayBuffers;
    decoder.push(claim());
    for (let come = 0; come < 40; come++) {
      decoder.next();
      decoder.push(chunk);
      allocated.push((process.memoryUsage().arrayBuffers - before) / MIB);
    }
    allocated.forEach((mib, come) => expect(mib).toBeLessThan(Math.max(8, 20 * come)));
  });

  test('allocates nothing where all that there is is known', () => {
    let code: string | undefined;
    const allocated = allocatedBy(() => {
      code = thrown(() => decodeRecordProtobuf(claim())).code;
    });
    expect(code).toBe('RECORDIO_TRUNCATED');
    expect(allocated).toBeLessThan(8 * MIB);
  });

  test('is refused with a code if there is not so much memory', () => {
    const reader = fileURLToPath(new URL('../../dist/reader.cjs', import.meta.url));
    const program = `
      const { execFileSync } = require('node:child_process');
      const { readFileSync } = require('node:fs');
      const { readRecords } = require(${JSON.stringify(reader)});
      const header = Buffer.from(process.argv[1], 'hex');
      const chunks = [header, Buffer.alloc(40 * 1024 * 1024)];
      const used = Number(/^VmSize:\\s*(\\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
      execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (used + 256 * 1024 * 1024)]);
      readRecords(chunks).next().catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
    `;
    const header = Buffer.from(partHeader(PartFlag.whole, MAX_PART_BYTES)).toString('hex');
    const said = execFileSync(process.execPath, ['-e', program, header], { encoding: 'utf8' });
    const { code, message } = JSON.parse(said) as { code: string; message: string };
    expect(code).toBe('RECORDIO_TOO_LARGE');
    expect(message).toMatch(
      /^Record 0, at byte 0, needs 536870911 bytes in one piece.*Give the process more memory/,
    );
  });
});

describe('a payload that spans chunks', () => {
  test.each([4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 5 * MIB, 70 * MIB + 3])(
    'of %i bytes is as it was, in memory of its size',
    (length) => {
      const payload = noise(length, 1);
      const stream = Buffer.concat([
        partHeader(PartFlag.whole, length),
        payload,
        Buffer.alloc((4 - (length % 4)) % 4),
      ]);
      for (const first of [HEADER_BYTES, HEADER_BYTES + 1, 60_000]) {
        const decoder = new RecordDecoder();
        let found: Uint8Array | undefined;
        for (let at = 0, end = first; at < stream.length; at = end, end += 65_536) {
          decoder.push(stream.subarray(at, end));
          for (let next = decoder.next(); next !== undefined; next = decoder.next()) found = next;
        }
        decoder.end();
        expect(Buffer.compare(found!, payload)).toBe(0);
        expect(found!.buffer.byteLength).toBe(length);
      }
    },
  );
});
