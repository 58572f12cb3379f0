import { defineConfig } from 'tsdown';

// One bundle per public entry point, in both module formats. Packages that exist only as ES modules are
// bundled in, because `require()` of an ES module does not work everywhere that we have to (Jest's default
// configuration, for one); everything else stays an ordinary dependency.
export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      reader: 'src/reader/index.ts',
      'thread-worker': 'src/thread/worker.ts',
    },
    format: ['esm', 'cjs'],
    platform: 'node',
    target: 'node20.19',
    tsconfig: 'tsconfig.build.json',
    dts: { resolve: ['typed-emitter'] },
    sourcemap: true,
    fixedExtension: true,
  },
  {
    entry: { cli: 'src/cli/index.ts' },
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    tsconfig: 'tsconfig.build.json',
    dts: false,
    sourcemap: true,
    fixedExtension: true,
    clean: false,
    // The command is a caller of the public API like any other.
    external: [/^sagemaker-pipe-mode/],
  },
]);
