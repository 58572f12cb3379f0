import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, expect } from 'vitest';

import { expectNothingLeft, type Snapshot, snapshot } from './leftovers.js';

/** The directories of one test. */
export interface Scratch {
  /** A new, empty directory for the test's data. */
  readonly dir: string;
  /** Where channels may put their FIFOs: it does not exist yet. */
  readonly dest: string;
  /** Writes files below `dir`, by their paths relative to it, and answers `dir`. */
  files(contents: Readonly<Record<string, string | Uint8Array>>): string;
  /** A path below `dir`. */
  path(...names: string[]): string;
}

/**
 * Gives every test of the file a directory of its own, and makes sure after every test that nothing is left
 * behind: descriptors, threads, children, timers, listeners of the process, FIFOs below `dest`; and that Node has
 * not warned of anything, of listeners that grow in number for instance.
 */
export function useScratch(): Scratch {
  let root = '';
  let before: Snapshot;
  let warnings: string[];
  const onWarning = ({ message }: Error) => {
    if (!message.startsWith('NodeVersionSupportWarning')) warnings.push(message); // the AWS SDK's, of Node 20
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sagemaker-pipe-mode-core-'));
    chmodSync(root, 0o755); // other users may look for what they may not read
    mkdirSync(join(root, 'data'));
    warnings = [];
    process.on('warning', onWarning);
    before = snapshot();
  });
  afterEach(async () => {
    try {
      await expectNothingLeft(before, join(root, 'dest'));
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
      rmSync(root, { recursive: true, force: true });
    }
  });
  return {
    get dir() {
      return join(root, 'data');
    },
    get dest() {
      return join(root, 'dest');
    },
    files(contents) {
      for (const [name, content] of Object.entries(contents)) {
        const path = join(root, 'data', name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      return join(root, 'data');
    },
    path: (...names) => join(root, 'data', ...names),
  };
}
