// Installs the packed package in an empty folder, as a user does, and runs a small program there in each way that
// users import it. The programs are in test/package/fixtures, one folder for each way. The links of its pages have to
// lead to files of the package, and so do its source maps.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deadLinks } from '../test/support/dead-links.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixtures = join(root, 'test/package/fixtures');
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'sagemaker-pipe-mode-package-')));
let failures = 0;

/** @typedef {{ way: string, folder: string, command: string[], fails?: RegExp }} Way `fails`: it has to, saying this. */

/** With nothing but the package installed: its dependencies have to be complete. @type {Way[]} */
const withoutTools = [
  { way: 'Node, ES module', folder: 'node-esm', command: ['node', 'stream.mjs'] },
  { way: 'Node, CommonJS', folder: 'node-cjs', command: ['node', 'stream.cjs'] },
  { way: 'node:test', folder: 'node-test', command: ['node', '--test'] },
  { way: 'the command', folder: 'node-esm', command: ['npx', '--no-install', 'sagemaker-pipe', '--help'] },
];

/** @type {Way[]} */
const withTools = [
  { way: 'Vitest', folder: 'vitest', command: ['vitest', 'run'] },
  { way: 'Vitest, worker threads', folder: 'vitest-threads', command: ['vitest', 'run'] },
  {
    way: 'Vitest, worker threads that are shared',
    folder: 'vitest-threads',
    command: ['vitest', 'run', '--no-isolate'],
  },
  {
    way: 'Vitest, worker threads with contexts',
    folder: 'vitest-threads',
    command: ['vitest', 'run', '--pool=vmThreads'],
  },
  { way: 'Jest, default configuration', folder: 'jest', command: ['jest'] },
  { way: 'Jest, one process', folder: 'jest', command: ['jest', '--runInBand'] },
  { way: 'Jest, several processes', folder: 'jest', command: ['jest', '--maxWorkers=2'] },
  {
    way: 'Jest, worker threads',
    folder: 'jest',
    command: ['jest', '--maxWorkers=2', '--workerThreads'],
  },
  { way: 'Jest, the guide', folder: 'jest-guide', command: ['jest'] },
  {
    way: 'Jest, a channel that is left',
    folder: 'jest-left',
    command: ['jest'],
    fails: /These channels were not stopped:\s+"left", made at .*left\.test\.js:4:/,
  },
  {
    way: 'Jest, an algorithm that is left',
    folder: 'jest-left-algorithm',
    command: ['jest'],
    fails: /These were left when the test was over, and were ended:\s+the algorithm "sleep 600"/,
  },
  { way: 'Jest, Ctrl-C', folder: 'jest-interrupted', command: ['node', 'interrupt.js'] },
  {
    way: 'ts-node, TypeScript 5.9',
    folder: 'ts-node',
    command: ['ts-node', '-C', 'typescript-5', 'stream.ts'],
  },
  { way: 'ts-node, TypeScript 6.0', folder: 'ts-node', command: ['ts-node', 'stream.ts'] },
  {
    way: 'ts-node, ES module loader',
    folder: 'ts-node-esm',
    command: ['node', '--no-warnings', '--loader', 'ts-node/esm', 'stream.ts'],
  },
  { way: 'tsx, ES module', folder: 'tsx', command: ['tsx', 'stream.mts'] },
  { way: 'tsx, CommonJS', folder: 'tsx', command: ['tsx', 'stream.cts'] },
  ...['nodenext', 'node16', 'bundler', 'commonjs'].map((resolution) => ({
    way: `types, TypeScript 6.0, ${resolution}`,
    folder: 'types',
    command: ['tsc', '-p', `tsconfig.${resolution}.json`],
  })),
  ...['nodenext', 'bundler', 'node10'].map((resolution) => ({
    way: `types, TypeScript 5.9, ${resolution}`,
    folder: 'types',
    command: ['node', '../node_modules/typescript-5/lib/tsc.js', '-p', `tsconfig.${resolution}.json`],
  })),
];

/**
 * @param {string[]} command
 * @param {string} cwd
 */
function run([command = '', ...args], cwd) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    env: {
      // Without what npm passes on to scripts: a user's shell has none of it.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
      PATH: `${join(temporary, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      CI: 'true',
    },
  });
  const output = [stdout, stderr, error?.message, signal && `ended by ${signal}`].filter(Boolean).join('\n');
  return { status, stdout, output };
}

/**
 * @param {string[]} command
 * @param {string} cwd
 */
function mustRun(command, cwd) {
  const { status, stdout, output } = run(command, cwd);
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`);
  return stdout;
}

/** @param {Way} way */
function test({ way, folder, command, fails }) {
  const began = performance.now();
  const { status, output } = run(command, join(temporary, folder));
  const ok = fails ? status === 1 && fails.test(output) : status === 0;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  report(`${way}  (${seconds} s)`, ok ? undefined : `$ ${command.join(' ')}\n${output}`);
}

/** What people read in node_modules. @param {{ path: string }[]} files */
function testLinks(files) {
  const pages = files.map(({ path }) => path).filter((path) => path.endsWith('.md'));
  const installed = join(temporary, 'node_modules/sagemaker-pipe-mode');
  const dead = pages.flatMap((page) => deadLinks(installed, page));
  const missing = ['README.md', 'CHANGELOG.md', 'docs/README.md'].filter((page) => !pages.includes(page));
  const problems = [...dead, ...missing.map((page) => `${page} is not in the package`)];
  report(`links of the ${pages.length} pages`, problems.join('\n') || undefined);
}

/** Stack traces and "go to definition" lead into src. @param {{ path: string }[]} files */
function testSourceMaps(files) {
  const installed = join(temporary, 'node_modules/sagemaker-pipe-mode');
  const maps = files.map(({ path }) => path).filter((path) => path.endsWith('.map'));
  const missing = maps.flatMap((map) => {
    const { sources } = JSON.parse(readFileSync(join(installed, map), 'utf8'));
    const ours = sources.filter((/** @type {string} */ source) => !source.includes('node_modules/'));
    if (sources.length === 0) return [`${map}: no sources`];
    return ours
      .filter((/** @type {string} */ source) => !existsSync(join(installed, 'dist', source)))
      .map((/** @type {string} */ source) => `${map}: there is no ${source}`);
  });
  if (maps.length === 0) missing.push('no maps');

  const program = "import { createChannel } from 'sagemaker-pipe-mode'; createChannel({ name: '/' });";
  const { output } = run(['node', '--enable-source-maps', '--input-type=module', '-e', program], temporary);
  const found = output.includes(join(installed, 'src/channel/create-channel.ts:'));
  if (!found) missing.push(`a stack trace without its source:\n${output}`);
  report(`sources of ${maps.length} source maps`, missing.join('\n') || undefined);
}

/**
 * @param {string} what
 * @param {string | undefined} problem
 */
function report(what, problem) {
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'}  ${what}`);
  if (problem === undefined) return;
  failures++;
  console.log(`\n${problem.replaceAll(/^/gm, '    ')}\n`);
}

const install = ['npm', 'install', '--no-audit', '--no-fund', '--save-exact'];
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const [packed] = JSON.parse(
  mustRun(['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', temporary], root),
);
console.log(`${packed.filename}: ${packed.entryCount} files, ${Math.round(packed.size / 1024)} KiB packed`);

writeFileSync(join(temporary, 'package.json'), '{ "private": true }');
cpSync(fixtures, temporary, { recursive: true });
mustRun([...install, `./${packed.filename}`], temporary);
testLinks(packed.files);
testSourceMaps(packed.files);
withoutTools.forEach(test);

const tools = JSON.parse(readFileSync(join(fixtures, '../tools.json'), 'utf8'));
mustRun([...install, ...Object.entries(tools).map(([name, version]) => `${name}@${version}`)], temporary);
withTools.forEach(test);

if (failures > 0) process.exitCode = 1;
