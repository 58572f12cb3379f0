import { fileURLToPath } from 'node:url';

import { defineConfig, type Plugin } from 'vitest/config';

// A test that imports a module of src/ gets the threads and helpers of the last build: they load no TypeScript.
const builtThreads: Plugin = {
  name: 'built-threads',
  enforce: 'pre',
  transform: (code) =>
    code.replaceAll(
      /'\.\/([\w-]+-(?:worker|helper)\.cjs)'/g,
      (_, name: string) => `'${fileURL(`dist/${name}`)}'`,
    ),
};

function fileURL(path: string): string {
  return new URL(path, import.meta.url).href;
}

/** What writes into FIFOs: tested with the system calls that Node does not offer, and without them. */
const dataPath = ['test/{body,channel,fifo,transform}/**/*.test.ts', 'test/source/file/**/*.test.ts'];
const slow = 'test/**/*.slow.test.ts';
const slowDataPath = ['test/{channel,transform}/*.slow.test.ts'];
const withoutKoffi = { SAGEMAKER_PIPE_MODE_ZERO_COPY: '0' };

export default defineConfig({
  plugins: [builtThreads],
  test: {
    exclude: ['test/package/**'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
    reporters: ['dot'], // a character for a test that passes, everything about one that fails
    // Tests of the public package import it by its name, like everybody: that is the build, loaded by Node itself.
    server: { deps: { external: [fileURLToPath(fileURL('dist/'))] } },
    // Vitest's --exclude does not reach into projects: without the slow tests is `--project splice --project socket`.
    projects: [
      { name: 'splice', include: ['test/**/*.test.ts', 'examples/*.test.ts'], exclude: [slow] },
      { name: 'socket', include: dataPath, exclude: [slow], env: withoutKoffi },
      { name: 'slow', include: [slow] },
      { name: 'slow-socket', include: slowDataPath, env: withoutKoffi },
    ].map((test) => ({ extends: true, test })),
  },
});
