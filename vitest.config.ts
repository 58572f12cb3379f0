import { fileURLToPath } from 'node:url';

import { defineConfig, type Plugin } from 'vitest/config';

// A test that imports a module of src/ gets the thread of the last build: threads load no TypeScript.
const builtThreadWorker: Plugin = {
  name: 'built-thread-worker',
  transform(code, id) {
    if (!id.includes('/src/thread/')) return undefined;
    return code.replace("'./thread-worker.cjs'", "'../../dist/thread-worker.cjs'");
  },
};

export default defineConfig({
  plugins: [builtThreadWorker],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
    // Tests of the public package import it by its name, like everybody: that is the build, loaded by Node itself.
    server: { deps: { external: [fileURLToPath(new URL('./dist/', import.meta.url))] } },
  },
});
