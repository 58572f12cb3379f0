import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { syntheticContent } from '../support/s3-server/content.js';
import type { Expected } from './contender.js';
import { csvText } from './csv-text.js';

const gzipped = promisify(gzip);

/** A directory whose files, one after the other, are what is expected. */
export interface Dataset {
  readonly directory: string;
  readonly expected: Expected;
}

/** After how many bytes the data of `writeFiles` repeats itself. */
export const PERIOD = 1_048_573;

/** A seed, so that no two files in a row are the same. */
const seedOf = (index: number) => (index % 7) + 1;

/** So many files of so many bytes, that do not compress. */
export async function writeFiles(directory: string, count: number, bytes: number): Promise<Dataset> {
  mkdirSync(directory);
  const hash = createHash('sha256');
  const contents = Array.from({ length: Math.min(count, 7) }, (_, index) =>
    syntheticContent(bytes, seedOf(index)),
  );
  for (let index = 0; index < count; index++) {
    const path = fileIn(directory, index);
    const blocks = [...(contents[index % 7]!.read(0, bytes) as Iterable<Uint8Array>)];
    for (const block of blocks) hash.update(block);
    if (blocks.length === 1) writeFileSync(path, blocks[0]!);
    else for (const block of blocks) await appendFile(path, block);
  }
  return { directory, expected: { bytes: count * bytes, sha256: hash.digest('hex') } };
}

/** A file that is all holes: as long as one likes, and not there. */
export function writeSparseFile(directory: string, bytes: number): string {
  mkdirSync(directory);
  const path = fileIn(directory, 0);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

/** So many gzip files of CSV, each of which inflates to so many bytes. */
export async function writeGzipFiles(directory: string, count: number, bytes: number): Promise<Dataset> {
  mkdirSync(directory);
  const hash = createHash('sha256');
  const texts = Array.from({ length: Math.min(count, 4) }, (_, index) => csvText(bytes, index + 1));
  const files = await Promise.all(texts.map((text) => gzipped(text)));
  for (let index = 0; index < count; index++) {
    hash.update(texts[index % 4]!);
    await writeFile(`${fileIn(directory, index)}.gz`, files[index % 4]!);
  }
  return { directory, expected: { bytes: count * bytes, sha256: hash.digest('hex') } };
}

/** How many files a model has: all but the last one are weights. */
const MODEL_FILES = 16;

/** A model of so many bytes: 32-bit weights, which hardly compress, and some text. */
export async function writeModel(directory: string, bytes: number): Promise<Dataset> {
  mkdirSync(directory);
  const hash = createHash('sha256');
  const fileBytes = Math.floor(bytes / MODEL_FILES / 4) * 4;
  const weights = weightsOf(fileBytes);
  for (let index = 0; index < MODEL_FILES; index++) {
    const content = index < MODEL_FILES - 1 ? weights : csvText(fileBytes, 1);
    hash.update(content);
    await writeFile(fileIn(directory, index), content);
  }
  return { directory, expected: { bytes: MODEL_FILES * fileBytes, sha256: hash.digest('hex') } };
}

/** Numbers around zero, in a bell curve or nearly so. */
function weightsOf(bytes: number): Uint8Array {
  const weights = new Float32Array(bytes / 4);
  let state = 1;
  const next = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  for (let at = 0; at < weights.length; at++) weights[at] = 0.1 * (next() + next() + next() + next() - 2);
  return new Uint8Array(weights.buffer);
}

/** The path of the file at an index: in order for everybody. */
export function fileIn(directory: string, index: number): string {
  return join(directory, `object-${String(index).padStart(6, '0')}`);
}
