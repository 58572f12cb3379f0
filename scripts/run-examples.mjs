// Runs every example, examples/*.ts, one after the other, as a user would. One that does not end with status 0
// within two minutes has failed.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const examples = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
const failed = [];

for (const name of examples.sort()) {
  console.log(`\n── examples/${name}`);
  const { status, signal, error } = spawnSync(process.execPath, ['--import', 'tsx', `examples/${name}`], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  });
  if (status !== 0) {
    failed.push(name);
    console.error(`examples/${name} FAILED: ${error?.message ?? signal ?? `status ${status}`}`);
  }
}

console.log(`\n${examples.length - failed.length} of ${examples.length} examples ended well`);
if (failed.length > 0 || examples.length === 0) process.exit(1);
