import { join } from 'node:path';

import { type Dataset, writeFiles, writeGzipFiles, writeModel, writeSparseFile } from './data.js';
import type { Sizes } from './sizes.js';

const MIB = 1024 * 1024;

/** The data of the cases, made when it is first asked for. */
export class Datasets {
  readonly #workspace: string;
  readonly #sizes: Sizes;
  readonly #made = new Map<string, Promise<Dataset>>();

  constructor(workspace: string, sizes: Sizes) {
    this.#workspace = workspace;
    this.#sizes = sizes;
  }

  /** How much room all of it takes, in bytes. */
  static bytesFor({
    rawBytes,
    mediumFiles,
    smallFiles,
    gzipObjects,
    gzipObjectBytes,
    modelBytes,
  }: Sizes): number {
    const streamed = 2 * rawBytes + mediumFiles * MIB + 3 * smallFiles * 4096 + gzipObjects * gzipObjectBytes;
    return streamed + 2 * modelBytes; // with its archive
  }

  /** One large file. */
  raw(): Promise<Dataset> {
    return this.#once('raw', (directory) => writeFiles(directory, 1, this.#sizes.rawBytes));
  }

  /** As much in some files. */
  records(): Promise<Dataset> {
    const { rawBytes, records } = this.#sizes;
    return this.#once('records', (directory) =>
      writeFiles(directory, records, Math.floor(rawBytes / records)),
    );
  }

  /** As much in many files. */
  mediumFiles(): Promise<Dataset> {
    return this.#once('medium', (directory) => writeFiles(directory, this.#sizes.mediumFiles, MIB));
  }

  smallFiles(count = this.#sizes.smallFiles): Promise<Dataset> {
    return this.#once(`small-${count}`, (directory) =>
      writeFiles(directory, count, this.#sizes.smallFileBytes),
    );
  }

  gzip(): Promise<Dataset> {
    const { gzipObjects, gzipObjectBytes } = this.#sizes;
    return this.#once('gzip', (directory) => writeGzipFiles(directory, gzipObjects, gzipObjectBytes));
  }

  oneGzip(): Promise<Dataset> {
    return this.#once('one-gzip', (directory) => writeGzipFiles(directory, 1, this.#sizes.oneGzipBytes));
  }

  /** Files of weights and of text. */
  model(): Promise<Dataset> {
    return this.#once('model', (directory) => writeModel(directory, this.#sizes.modelBytes));
  }

  /** A file that is larger than the memory that it takes. */
  sparse(bytes: number): string {
    return writeSparseFile(join(this.#workspace, 'sparse'), bytes);
  }

  #once(name: string, make: (directory: string) => Promise<Dataset>): Promise<Dataset> {
    const made = this.#made.get(name) ?? make(join(this.#workspace, name));
    this.#made.set(name, made);
    return made;
  }
}
