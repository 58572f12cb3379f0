import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect } from 'vitest';

import { containerRunner } from '../../../src/runner/container/container-runner.js';
import type { ContainerRunnerOptions } from '../../../src/runner/container/options.js';
import type { ProgramOptions, RunningProgram } from '../../../src/runner/runner.js';
import { connectToEngine, engineHost, leftOnEngine, TOOLS } from '../../support/engine/engine.js';
import { expectNothingLeft, type Snapshot, snapshot } from '../../support/leftovers.js';

type Options = Partial<ProgramOptions & ContainerRunnerOptions> & { readonly signal?: AbortSignal };

/** A job's directory for every test, and a look whether anything is left after each, here or on the engine. */
export function useContainers() {
  let directory = '';
  let before: Snapshot;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'container-test-'));
    for (const name of ['input/data', 'input/config', 'model', 'output/data'])
      mkdirSync(join(directory, name), { recursive: true });
    before = snapshot();
  });
  afterEach(async () => {
    try {
      expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
      await expectNothingLeft(before);
      expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
  return {
    get directory() {
      return directory;
    },
    path: (name: string) => join(directory, name),
    /** Runs a command in a container of the image with the tools. */
    start: async (command: readonly string[], options: Options = {}): Promise<RunningProgram> => {
      const {
        image = TOOLS,
        usesEntrypoint,
        shmBytes,
        memoryBytes,
        engine = engineHost,
        signal,
        ...more
      } = options;
      const runner = containerRunner({ image, usesEntrypoint, shmBytes, memoryBytes, engine });
      const prepared = await runner.prepare({ directory, command, env: {}, ...more }, { signal });
      return await prepared.start({ signal });
    },
  };
}
