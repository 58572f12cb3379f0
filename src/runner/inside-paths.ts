import { join } from 'node:path';

import type { SeenDirectory } from '../fs/follow-inside.js';

/** Where SageMaker's directory is, for whoever runs in a job. */
export const OPT_ML = '/opt/ml';

/** How the paths that a program sees are those of this machine. */
export class InsidePaths implements SeenDirectory {
  /** The directory in which it has its data, model and so on, as it sees it. */
  readonly base: string;
  /** The directory of its channels, as it sees it. */
  readonly data: string;
  /** Where that directory is on this machine. */
  readonly directory: string;

  /**
   * @param base - what the program has for /opt/ml
   * @param directory - where that is on this machine
   * @param data - the directory of its channels, if it is not the usual one
   */
  constructor(base: string, directory: string, data = join(base, 'input/data')) {
    this.base = base;
    this.data = data;
    this.directory = directory;
  }

  /** The path on this machine of what the program sees at an absolute path. */
  outside(path: string): string {
    if (path !== this.base && !path.startsWith(`${this.base}/`)) return path;
    return join(this.directory, path.slice(this.base.length));
  }

  /** A path in words, for messages: with the one on this machine, if that is another. */
  describe(path: string): string {
    const outside = this.outside(path);
    return outside === path ? `"${path}"` : `"${path}" (on this machine "${outside}")`;
  }
}
