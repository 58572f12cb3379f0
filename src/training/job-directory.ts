import { join } from 'node:path';

import { removeWhole } from '../directory/remove-whole.js';
import { RunDirectory } from '../runner/run-directory.js';

/** Where a job has its files on this machine. */
export class JobDirectory extends RunDirectory {
  /** @param path - the caller's: an absolute path */
  constructor(path: string | undefined) {
    super('job', path);
  }

  /** What several hosts have left together, as one of them would have it in /opt/ml. */
  get together(): string {
    return join(this.path, 'together');
  }

  /** Removes what an earlier attempt has left of a host's /opt/ml. */
  async removeOptMl(host: string): Promise<void> {
    await removeWhole(this.optMlOf(host));
  }
}
