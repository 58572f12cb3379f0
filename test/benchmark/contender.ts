import type { Reading } from './reader.js';

/** Whoever writes the same bytes into FIFOs: this library, or somebody else. */
export interface Contender {
  readonly name: string;
  /** Writes everything once, to the reader that is the same for all. */
  read(): Promise<Reading>;
  /** How long that took, in seconds. */
  secondsOf(reading: Reading): number;
  close(): Promise<void>;
}

/** What every contender has to deliver. */
export interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

/** From the moment that both ends were open to the end of the data. */
export function sinceOpened({ opened, eof }: Reading): number {
  return (eof - opened) / 1e9;
}

/** @throws if a reading is not what was expected. */
export function checkReading(name: string, { bytes, checksum }: Reading, expected: Expected): void {
  if (bytes !== expected.bytes)
    throw new Error(`${name}: the reader got ${bytes} bytes instead of ${expected.bytes}.`);
  if (checksum !== undefined && checksum !== expected.sha256)
    throw new Error(`${name}: the reader got wrong bytes (SHA-256 ${checksum}, not ${expected.sha256}).`);
}
