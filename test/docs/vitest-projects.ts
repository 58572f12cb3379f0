import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import type { Snippet } from './snippets.js';

/** Runs Vitest as a user of the documentation would. */
export interface VitestProjects {
  /**
   * Runs test files, by their names, in a new project with these setup files.
   *
   * @param interruptAt - Output after which Ctrl-C is pressed.
   */
  run(
    tests: Readonly<Record<string, string>>,
    setups: readonly Snippet[],
    interruptAt?: RegExp,
  ): Promise<{ status: number | null; output: string }>;
}

/** Gives the tests of a file a folder for Vitest projects. */
export function useVitestProjects(root: string): VitestProjects {
  let folder = '';
  beforeAll(() => {
    mkdirSync(join(root, '.tmp'), { recursive: true });
    folder = mkdtempSync(join(root, '.tmp/vitest-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    run(tests, setups, interruptAt) {
      const project = mkdtempSync(join(folder, 'project-'));
      const names = setups.map((_, index) => `setup-${index}.ts`);
      names.forEach((name, index) => {
        writeFileSync(join(project, name), setups[index]!.code);
      });
      for (const [name, code] of Object.entries(tests)) writeFileSync(join(project, `${name}.test.ts`), code);
      writeFileSync(join(project, 'vitest.config.mjs'), configOf(root, names));
      return runVitest(root, project, interruptAt);
    },
  };
}

/** The package is loaded by Node itself, as if it were in `node_modules`. */
function configOf(root: string, setupFiles: readonly string[]): string {
  const deps = { external: [join(root, 'dist/')] };
  return `export default { test: ${JSON.stringify({ setupFiles, testTimeout: 30_000, server: { deps } })} };`;
}

async function runVitest(
  root: string,
  cwd: string,
  interruptAt?: RegExp,
): Promise<{ status: number | null; output: string }> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', cwd];
  const vitest = spawn(process.execPath, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let interrupted = false;
  const onData = (text: string) => {
    output += text;
    if (interrupted || !interruptAt?.test(output)) return;
    interrupted = true;
    process.kill(-vitest.pid!, 'SIGINT'); // as a terminal does: to all of the group
  };
  vitest.stdout.setEncoding('utf8').on('data', onData);
  vitest.stderr.setEncoding('utf8').on('data', onData);
  const [status] = (await once(vitest, 'close')) as [number | null];
  return { status, output };
}
