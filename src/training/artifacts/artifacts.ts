import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PipeModeError } from '../../errors.js';
import { followInside } from '../../fs/follow-inside.js';
import { check } from '../../options/expected.js';
import { isPath } from '../../options/location.js';
import type { InsidePaths } from '../../runner/inside-paths.js';
import { leftDirectory } from './left-directory.js';

/** How many names a message lists. */
const MOST_LISTED = 10;

/**
 * What an algorithm has left in one of its directories, where it has left it. It can be read until the job, or its result, is
 * disposed of.
 */
export class Artifacts {
  /** The directory, on this machine. Empty text if there is none: `checkpoints`, without a `CheckpointConfig`. */
  readonly directory: string;
  /** What the algorithm calls the directory. */
  readonly #inside: string;
  readonly #paths: InsidePaths;

  /** @internal */
  constructor(inside: string | undefined, paths: InsidePaths) {
    this.#inside = inside ?? '';
    this.#paths = paths;
    this.directory = inside === undefined ? '' : paths.outside(inside);
  }

  /**
   * The files and symbolic links in it and in directories below, as paths relative to it, sorted. No sockets, FIFOs and
   * devices.
   */
  list(): string[] {
    const directory = this.#inside === '' ? undefined : leftDirectory(this.#inside, this.#paths);
    return directory === undefined ? [] : filesBelow(directory, '').sort();
  }

  /**
   * The absolute path of something in it, on this machine. It need not be there.
   *
   * @param name - relative to the directory
   * @throws {@link PipeModeError} `INVALID_OPTION` for an absolute path, or one that leads out with `..`
   */
  path(name: string): string {
    const isInside = (value: unknown) =>
      isPath(value) && !value.startsWith('/') && !value.split('/').includes('..');
    check('name', 'a path relative to the directory, without ".."', name, isInside);
    return join(this.directory, name);
  }

  /**
   * The content of a file.
   *
   * @throws {@link PipeModeError} `ARTIFACT_NOT_FOUND`, whose message says what is there; `INVALID_OPTION` as in
   * {@link Artifacts.path}
   */
  async readBytes(name: string): Promise<Buffer> {
    this.path(name);
    const found = this.directory === '' ? undefined : followInside(join(this.#inside, name), this.#paths);
    if (!found?.stats.isFile()) throw this.#notFound(name);
    return await readFile(found.path);
  }

  /**
   * The content of a file, as UTF-8.
   *
   * @throws {@link PipeModeError} as {@link Artifacts.readBytes}
   */
  async readText(name: string): Promise<string> {
    return (await this.readBytes(name)).toString();
  }

  #notFound(name: string): PipeModeError {
    const names = this.list();
    const more = names.length > MOST_LISTED ? `, and ${names.length - MOST_LISTED} more` : '';
    const there =
      names.length === 0
        ? 'There is no file in it.'
        : `In it: ${names.slice(0, MOST_LISTED).join(', ')}${more}.`;
    const where = this.#inside === '' ? 'the checkpoints: the request has no CheckpointConfig' : this.#inside;
    const message = `There is no file "${name}" in ${where}. ${there}`;
    return new PipeModeError('ARTIFACT_NOT_FOUND', message, { path: join(this.directory, name) });
  }
}

/** What cannot be listed has nothing in it: the directory is gone, or the algorithm has closed it. */
function filesBelow(directory: string, prefix: string): string[] {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return filesBelow(join(directory, entry.name), `${name}/`);
    return entry.isFile() || entry.isSymbolicLink() ? [name] : [];
  });
}
