import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'tsdown';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the programs of processes and threads, so that plain Node runs them: a worker begins in half the time. */
export async function buildPrograms(): Promise<{ folder: string; remove: () => void }> {
  // Within the package, whose own name they import.
  await mkdir(join(root, '.tmp'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tmp', 'soak-'));
  await build({
    config: false,
    cwd: root,
    entry: { runner: 'test/soak/runner.ts', 'soak-worker': 'test/soak/soak-worker.ts' },
    outDir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    tsconfig: 'tsconfig.json',
    sourcemap: true,
    clean: false,
    dts: false,
    fixedExtension: true,
    logLevel: 'warn',
    deps: { neverBundle: [/^sagemaker-pipe-mode/], skipNodeModulesBundle: true },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
