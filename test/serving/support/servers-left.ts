import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { afterEach, expect } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../../runner/support/algorithm.js';

/**
 * After each test nothing is left of servers: processes, mounts, directories.
 *
 * @param mark - what everything that a test starts has in its environment
 * @returns the directories that mounts may be below, to be added to
 */
export function useServersLeft(mark: string): Set<string> {
  const directories = new Set<string>();
  afterEach(async () => {
    await expectNoProcesses(mark);
    expect([...directories].flatMap(mountsOfAll)).toEqual([]);
    expect(readdirSync(tmpdir()).filter(isOurs)).toEqual([]);
    directories.clear();
  });
  return directories;
}

/** Whether it is the directory of servers of this process. */
function isOurs(name: string): boolean {
  return name.startsWith('sagemaker-pipe-mode-endpoint-') && name.includes(`_${process.pid}_`);
}
