import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everybody's: what can be changed for a process and its children only, by whoever may do that. */
const NOBODY = 65534;

/** The build, where any user can read it. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'training-build-'));
  chmodSync(folder, 0o755);
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['debug', 'ms', 'pure-rand'])
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  symlinkSync(join(root, 'node_modules/koffi'), join(folder, 'node_modules/koffi'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that has `startTrainingJob`, and answers its output. Its temporary directory has to be empty afterwards. */
async function run(program: string, uid?: number): Promise<string> {
  const temporary = mkdtempSync(join(tmpdir(), 'training-tmp-'));
  chmodSync(temporary, 0o777);
  // It becomes the user by itself: whose Node may be where only root can read it.
  const user =
    uid === undefined ? '' : `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});`;
  const script = `import { startTrainingJob } from '${folder}/dist/training.mjs';\n${user}\n${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect(stderr).toBe('');
    expect(readdirSync(temporary)).toEqual([]);
    return stdout;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Leaves what a user cannot remove without more ado. */
const PROTECT = `cat $ML/input/data/a_0 $ML/input/data/f/k > $ML/model/m; mkdir -p $ML/model/x/y; echo 1 > $ML/model/x/y/z
  chmod 000 $ML/model/x/y; chmod 500 $ML/model/x`;

test.runIf(process.getuid!() === 0).each(['namespace', 'none'])(
  'as an ordinary user, with isolation: %s',
  async (isolation) => {
    const output = await run(
      `const source = [{ key: 'k', body: 'x' }];
       const job = startTrainingJob({}, {
         isolation: '${isolation}',
         command: ['sh', '-c', 'ML=\${SAGEMAKER_BASE_DIR:-/opt/ml};' + ${JSON.stringify(PROTECT)}, 'sh'],
         channels: { a: { source }, f: { source, inputMode: 'FastFile' } },
       });
       const { model, findings, status } = await job.finished();
       const left = [process.getuid(), status, await model.readText('m'), findings];
       await job[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
       console.log(JSON.stringify(left));`,
      NOBODY,
    );
    expect(JSON.parse(output)).toEqual([NOBODY, 'Completed', 'xx', []]);
  },
);

test('a process that exits in the middle of a job leaves nothing', async () => {
  const output = await run(
    `const job = startTrainingJob({}, { command: ['sh', '-c', 'echo $$; exec sleep 4321', 'sh'] });
     for await (const line of job.logs()) break;
     console.log(job.status);
     process.exit(0);`,
  );
  expect(output).toBe('InProgress\n');
  const running = () =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('sleep\x004321'));
  await expect.poll(running).toEqual([]);
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
