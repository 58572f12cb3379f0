import type { Stats } from 'node:fs';
import { join } from 'node:path';

import { compareKeys } from '../key-order.js';
import { listEntries, statEntry } from './directory-entries.js';

/** A name in a directory. */
export interface Entry {
  readonly name: string;
  readonly isFile: boolean;
  /** Whether it is a directory, or a link to one. */
  readonly isDirectory: boolean;
  /** What a symbolic link leads to: its place in the order depends on it. */
  readonly isLinkTo: Stats | undefined;
  readonly order: string;
}

/**
 * Lists a directory in the order of its keys: a directory in it sorts as its name and a slash, because that is how the keys of
 * its files go on.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`
 */
export function entriesInOrder(directory: string): readonly Entry[] {
  return listEntries(directory)
    .map((entry): Entry => {
      const { name } = entry;
      const isLinkTo = entry.isSymbolicLink() ? statEntry(join(directory, name)) : undefined;
      const isDirectory = isLinkTo ? isLinkTo.isDirectory() : entry.isDirectory();
      return { name, isFile: entry.isFile(), isDirectory, isLinkTo, order: isDirectory ? `${name}/` : name };
    })
    .sort((a, b) => compareKeys(a.order, b.order));
}
