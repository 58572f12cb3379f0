// What a fresh clone needs before its first command: installs and builds, but only what is missing or out of
// date. Runs before `npm start`, `npm test` and others; depends on nothing that has to be installed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Compares versions rather than dates: checking out another branch and back changes dates only. */
function isInstalled() {
  const installedLock = 'node_modules/.package-lock.json';
  if (!existsSync(installedLock)) return false;
  const { '': _root, ...wanted } = readJson('package-lock.json').packages;
  const installed = readJson(installedLock).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    return found ? found.version === version : optional === true;
  });
}

/**
 * When the youngest of these files, or of the files below these folders, was changed. A folder counts too: its
 * date tells when something was removed.
 *
 * @param {string[]} paths
 * @returns {number} in milliseconds
 */
function youngest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const stats = statSync(path);
      if (!stats.isDirectory()) return stats.mtimeMs;
      return Math.max(stats.mtimeMs, youngest(readdirSync(path).map((name) => `${path}/${name}`)));
    }),
  );
}

/** @param {unknown} value @returns {string[]} */
function files(value) {
  if (typeof value === 'string') return value.startsWith('./dist/') ? [value] : [];
  return Object.values(value ?? {}).flatMap(files);
}

function isBuilt() {
  const { exports, bin } = readJson('package.json');
  const outputs = files({ exports, bin });
  if (!outputs.every((path) => existsSync(path))) return false;
  const inputs = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsdown.config.ts'];
  return Math.min(...outputs.map((path) => statSync(path).mtimeMs)) >= youngest(inputs);
}

/**
 * Runs a command, and shows what it printed only if it failed. Meanwhile, on a terminal, for how long it has run.
 *
 * @param {string} what
 * @param {string[]} command
 */
async function run(what, [command = '', ...args]) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  const heading = `${what} (${[command, ...args].join(' ')}) …`;
  const { isTTY } = process.stderr;
  process.stderr.write(isTTY ? heading : `${heading}\n`);
  const timer = isTTY && setInterval(() => process.stderr.write(`\r${heading} ${seconds()}`), 1000);

  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const { status, reason } = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 1, reason: error.message }));
    child.on('close', (code, signal) =>
      resolve({ status: code ?? 1, reason: signal && `ended by ${signal}` }),
    );
  });

  if (timer) clearInterval(timer);
  console.error(`${isTTY ? `\r${heading}` : what}${status === 0 ? ` done in ${seconds()}` : ' failed'}`);
  if (status === 0) return;
  console.error([Buffer.concat(output).toString(), reason].filter(Boolean).join('\n'));
  process.exit(1);
}

if (!isInstalled()) {
  await run('Installing the dependencies', ['npm', 'ci', '--no-audit', '--no-fund']);
}
if (!isBuilt()) await run('Building dist', ['npm', 'run', 'build']);
