import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { removeWhole } from '../directory/remove-whole.js';
import { PipeModeError } from '../errors.js';
import { makeDirectory } from '../fs/make-directory.js';
import { removeAtExit } from './exit-cleanup.js';
import { ownDirectoryPath, sweepDirectories } from './own-directory.js';

/**
 * Where a job or an endpoint has its files on this machine: `<host>` for each host's /opt/ml, and `logs`. One that the
 * caller names is the caller's and stays. Otherwise it is a temporary one, and removed when the job or endpoint is disposed
 * of, or when the process exits; that of a process which was killed the next one removes.
 */
export class RunDirectory {
  readonly path: string;
  readonly #what: 'job' | 'endpoint';
  readonly #isTemporary: boolean;
  /** Of one that is removed with the process, until it is. */
  #keepAtExit: (() => void) | undefined;

  /** @param path - the caller's: an absolute path */
  constructor(what: 'job' | 'endpoint', path: string | undefined) {
    this.#what = what;
    this.#isTemporary = path === undefined;
    this.path = path ?? ownDirectoryPath(what);
  }

  /**
   * Makes it. It may be there if it is empty: what another one has left would pass for this one's.
   *
   * @throws {@link PipeModeError} `DEST_OCCUPIED`, `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE`
   */
  make(): void {
    void sweepDirectories();
    if (this.#isTemporary) {
      this.#keepAtExit = removeAtExit(this.path);
      mkdirSync(this.path, { mode: 0o755 });
    } else {
      makeDirectory(this.path);
      if (readdirSync(this.path).length > 0) throw occupied(this.#what, this.path);
    }
    mkdirSync(this.logs);
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  /** The log of a host. */
  logOf(host: string): string {
    return join(this.logs, `${host}.log`);
  }

  /** What a host has for /opt/ml. */
  optMlOf(host: string): string {
    return join(this.path, host);
  }

  /** Removes it, if it is a temporary one, and has waited then for what killed processes have left. May be called again. */
  async remove(): Promise<void> {
    if (this.#keepAtExit !== undefined) {
      await removeWhole(this.path);
      this.#keepAtExit();
      this.#keepAtExit = undefined;
    }
    await sweepDirectories();
  }
}

function occupied(what: string, path: string): PipeModeError {
  const message = `The directory for the ${what}, "${path}", is not empty. Name one that is new or empty, or leave \`directory\` out for a temporary one.`;
  return new PipeModeError('DEST_OCCUPIED', message, { path });
}
