import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The folders and files of src/, from the bottom up: each imports from those below it, and from its own. */
const LAYERS = [
  ['stats.ts'],
  ['require-later.ts', 'errors.ts', 'printable.ts', 'disposal.ts'],
  ['debug.ts', 'options', 'abort'],
  ['fs'],
  ['native'],
  ['workers'],
  ['recordio', 'body'],
  ['source'],
  ['flow', 'transform'],
  ['fifo', 'directory', 'archive'],
  ['delivery'],
  ['channel'],
  ['sagemaker', 'runner', 'artifacts'],
  ['logs', 'findings'],
  ['training', 'serving'],
  ['index.ts', 'reader'],
  ['testing'],
  ['cli'],
];

/** Threads start from programs of their own, which bring together what runs there. Nothing imports them. */
const THREAD_PROGRAMS = 'src/**/*-worker.ts';

export default defineConfig(
  // The programs in test/package/fixtures are somebody else's: each has its own compiler settings. So are the servers.
  globalIgnores([
    'dist/',
    'docs/api/',
    'docs/.vitepress/{cache,dist}/',
    'coverage/',
    'test/package/fixtures/',
    'examples/node/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      // The compiler knows better.
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers read well in a message; objects and undefined do not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => emitter.emit('x')` is what callbacks look like.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // With noUncheckedIndexedAccess, `!` says that an index was checked.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An interface cannot be given where an index signature is asked for (an event map, say); a type can.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // An asynchronous generator or method without an await is what an asynchronous interface is implemented with.
      '@typescript-eslint/require-await': 'off',
      // The compiler's noUnusedLocals reports these; a leading underscore is for those that have to be there.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
    },
  },
  ...layers(),
  {
    files: ['src/cli/**', 'examples/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // JSON and other people's programs are read here, and checked by what is done with them.
    files: ['test/**', 'scripts/**/*.mjs'],
    rules: {
      'no-console': 'off',
      'no-empty': ['error', { allowEmptyCatch: true }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);

/**
 * What the folders and files of each layer may not import: all that stands higher, or beside it.
 *
 * @returns {import('eslint').Linter.Config[]}
 */
function layers() {
  return LAYERS.flatMap((layer, height) =>
    layer.flatMap((name) => {
      const others = LAYERS.slice(height)
        .flat()
        .filter((other) => other !== name);
      if (others.length === 0) return [];
      const modules = others.map((other) =>
        other.endsWith('.ts') ? other.replace(/\.ts$/, '\\.js$') : `${other}/`,
      );
      const message = 'It stands higher, or beside: see LAYERS in eslint.config.js.';
      return {
        files: [name.endsWith('.ts') ? `src/${name}` : `src/${name}/**`],
        ignores: [THREAD_PROGRAMS],
        rules: {
          'no-restricted-imports': [
            'error',
            { patterns: [{ regex: `^(\\.{1,2}/)+(${modules.join('|')})`, message }] },
          ],
        },
      };
    }),
  );
}
