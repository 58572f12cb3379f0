import { onTestFinished } from 'vitest';

import { type PythonEpoch, PythonReader, type PythonReaderOptions } from '../support/python-reader.js';

/** A Python reader that ends with its test, also with one that is given up because it takes too long. */
export function startReader(options: PythonReaderOptions): PythonReader {
  const testEnded = new AbortController();
  onTestFinished(() => testEnded.abort());
  return new PythonReader({ ...options, signal: testEnded.signal });
}

/** Reads so many epochs. */
export function read(options: PythonReaderOptions): Promise<PythonEpoch[]> {
  return startReader(options).finished();
}
