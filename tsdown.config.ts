import { defineConfig, type UserConfig } from 'tsdown';
import { thirdPartyLicenses } from './scripts/third-party-licenses.js';

/** The sources are in the package; the maps lead to them. */
const OUTPUT = { sourcemapExcludeSources: true };

const shared: UserConfig = {
  platform: 'node',
  target: 'node20.19',
  tsconfig: 'tsconfig.build.json',
  sourcemap: true,
  outputOptions: OUTPUT,
  failOnWarn: true,
  logLevel: 'warn',
};

// One bundle per public entry point, in both module formats, because `require()` of an ES module does not work
// everywhere that we have to (Jest's default configuration, for one). For the same reason a package that exists
// only as ES modules is bundled in; its licence goes with it. Everything else stays an ordinary dependency.
export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      reader: 'src/reader/index.ts',
      recordio: 'src/recordio/index.ts',
      training: 'src/training/index.ts',
      serving: 'src/serving/index.ts',
      testing: 'src/testing/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: { sourcemap: true },
    deps: {
      // Anything else from devDependencies that slips into the bundle fails the build.
      onlyBundle: ['leven', 'p-queue', 'p-timeout', 'eventemitter3', 'typed-emitter'],
    },
    outputOptions: (options, format) => ({
      ...options,
      ...OUTPUT,
      // In CommonJS output a dynamic import becomes a deferred `require()`: Jest has no `import()`.
      dynamicImportInCjs: format !== 'cjs',
      // Rolldown's helpers would be in `index`, and the other entry points would load it for them: in a circle,
      // in which `index` then exports no `PipeModeError` if it is not what is loaded first.
      codeSplitting: { groups: [{ name: 'runtime', test: /^\0rolldown\/runtime/ }] },
    }),
    plugins: [thirdPartyLicenses('THIRD-PARTY-LICENSES.txt')],
    checks: { legacyCjs: false, pluginTimings: false },
  },
  thread({ 'thread-worker': 'src/workers/thread-worker.ts' }),
  thread({ 'pump-worker': 'src/fifo/splice/pump-worker.ts' }),
  thread({ 'inflate-worker': 'src/fifo/inflate/inflate-worker.ts' }),
  thread({ 'connect-helper': 'src/runner/namespace/connect-helper.ts' }),
  thread({ 'read-worker': 'src/fifo/splice/read-worker.ts' }),
  {
    ...shared,
    entry: { cli: 'src/cli/index.ts' },
    format: 'esm',
    dts: false,
    clean: false,
    // The command is a caller of the public API like any other.
    deps: { neverBundle: [/^sagemaker-pipe-mode/], onlyBundle: [] },
    checks: { pluginTimings: false },
  },
]);

/**
 * A program of one of our threads, in one file. CommonJS, whatever its starter is: Node's loader of ES modules
 * reads files through libuv's thread pool, which readers of FIFOs in the same process may have filled.
 */
function thread(entry: Record<string, string>): UserConfig {
  return {
    ...shared,
    entry,
    format: 'cjs',
    dts: false,
    clean: false,
    deps: { onlyBundle: [] },
    outputOptions: { ...OUTPUT, dynamicImportInCjs: false },
    checks: { legacyCjs: false, pluginTimings: false },
  };
}
