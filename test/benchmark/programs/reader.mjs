// The reader where there is no C compiler, and the one that computes checksums.
// Usage: node reader.mjs PREFIX FIRST_EPOCH COUNT [PAUSE_US [sha256]]: a pause before every read makes it slow
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BUFFER_BYTES = 1024 * 1024;
const RETRY_MS = 1;
const PATIENCE_NS = 60_000_000_000n;

const [prefix = '', first = '', count = '', pauseUs = '0', algorithm] = process.argv.slice(2);
const buffer = Buffer.alloc(BUFFER_BYTES);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const now = () => Number(process.hrtime.bigint());

for (let epoch = Number(first); epoch < Number(first) + Number(count); epoch++) {
  console.log(JSON.stringify({ epoch, ...readEpoch(`${prefix}_${epoch}`) }));
}

/** @param {string} path */
function readEpoch(path) {
  const hash = algorithm ? createHash(algorithm) : undefined;
  const fd = openWhenThere(path);
  const opened = now();
  let firstByte = 0;
  let bytes = 0;
  for (;;) {
    if (pauseUs !== '0') Atomics.wait(sleeper, 0, 0, Number(pauseUs) / 1000);
    const length = readSync(fd, buffer);
    if (length === 0) break;
    firstByte ||= now();
    bytes += length;
    hash?.update(buffer.subarray(0, length));
  }
  const eof = now();
  closeSync(fd);
  return { bytes, opened, firstByte: firstByte || eof, eof, checksum: hash?.digest('hex') };
}

/** @param {string} path */
function openWhenThere(path) {
  const began = process.hrtime.bigint();
  for (;;) {
    try {
      return openSync(path, 'r'); // blocks until the writer comes: this process has nothing else to do
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'ENOENT' || process.hrtime.bigint() - began > PATIENCE_NS) throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}
