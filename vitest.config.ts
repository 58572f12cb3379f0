import { fileURLToPath } from 'node:url';

import { defineConfig, type Plugin } from 'vitest/config';

// A test that imports a module of src/ gets the threads of the last build: threads load no TypeScript.
const builtThreads: Plugin = {
  name: 'built-threads',
  enforce: 'pre',
  transform: (code) =>
    code.replaceAll(/'\.\/([\w-]+-worker\.cjs)'/g, (_, name: string) => `'${fileURL(`dist/${name}`)}'`),
};

function fileURL(path: string): string {
  return new URL(path, import.meta.url).href;
}

/** What writes into FIFOs: tested with the system calls that Node does not offer, and without them. */
const dataPath = ['test/{body,channel,fifo,transform}/**/*.test.ts', 'test/source/file/**/*.test.ts'];

export default defineConfig({
  plugins: [builtThreads],
  test: {
    exclude: ['test/package/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
    reporters: ['dot'], // a character for a test that passes, everything about one that fails
    // Tests of the public package import it by its name, like everybody: that is the build, loaded by Node itself.
    server: { deps: { external: [fileURLToPath(fileURL('dist/'))] } },
    projects: [
      { extends: true, test: { name: 'splice', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'socket', include: dataPath, env: { SAGEMAKER_PIPE_MODE_ZERO_COPY: '0' } },
      },
    ],
  },
});
