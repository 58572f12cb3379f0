import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { commandIn, IN_CHROOT, type Place, withoutNamespaces } from '../runner/support/remote-runner.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everybody's: what can be changed for a process and its children only, by whoever may do that. */
const NOBODY = 65534;

/** The build, where any user can read it. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'training-build-'));
  chmodSync(folder, 0o755);
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['debug', 'ms', 'pure-rand', 'tar'])
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  symlinkSync(join(root, 'node_modules/koffi'), join(folder, 'node_modules/koffi'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that has `startTrainingJob`, and answers its output. Its temporary directory has to be empty afterwards. */
async function run(program: string, place: Place = {}): Promise<string> {
  const temporary = mkdtempSync(join(tmpdir(), 'training-tmp-'));
  chmodSync(temporary, 0o777);
  // It becomes the user by itself: whose Node may be where only root can read it.
  const { uid, ...others } = place;
  const user =
    uid === undefined ? '' : `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});`;
  const script = `import { startTrainingJob } from '${folder}/dist/training.mjs';\n${user}\n${program}`;
  const [command, ...args] = commandIn(others, [process.execPath, '--input-type=module', '-e', script]);
  const child = spawn(command!, args, {
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
      { uid: NOBODY },
    );
    expect(JSON.parse(output)).toEqual([NOBODY, 'Completed', 'xx', []]);
  },
);

/** Reads everything that a job gives, and leaves some of everything. */
const ALGORITHM = `cd \${SAGEMAKER_BASE_DIR:-/opt/ml}
  cat input/data/pipe_0 input/data/pipe_1 input/data/other_0 input/data/files/f > model/all
  sed 's/.*"epochs":"\\([0-9]*\\)".*/epochs=\\1;/' input/config/hyperparameters.json
  echo $TRAINING_JOB_NAME > output/data/name; cat checkpoints/before > checkpoints/after
  echo loss=0.5 >&2`;

/** A job with all of it; what it comes to. The archive is read by the one who runs it. */
const JOB = `
  import { execFileSync } from 'node:child_process';
  import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  const run = async (isolation, algorithm) => {
    const place = tmpdir() + '/data';
    mkdirSync(place + '/checkpoints', { recursive: true });
    writeFileSync(place + '/checkpoints/before', 'step');
    const source = (body) => [{ key: 'f', body }];
    const job = startTrainingJob(
      {
        TrainingJobName: 'everywhere',
        HyperParameters: { epochs: '3' },
        AlgorithmSpecification: { TrainingInputMode: 'Pipe', MetricDefinitions: [
          { Name: 'epochs', Regex: 'epochs=([0-9]+);' }, { Name: 'loss', Regex: 'loss=([0-9.]+)' } ] },
        CheckpointConfig: { S3Uri: place + '/checkpoints' },
        OutputDataConfig: { S3OutputPath: place + '/out' },
      },
      { command: ['sh', '-ec', algorithm, 'sh'], isolation, channels: {
          pipe: { source: source('a'), epochs: 2 }, other: { source: source('b'), epochs: 1 },
          files: { source: source('c'), inputMode: 'File' } } },
    );
    try {
      const { status, exitCode, model, output, checkpoints, findings, metrics } = await job.finished();
      return {
        status, exitCode, findings, model: await model.readText('all'), name: await output.readText('name'),
        checkpoints: checkpoints.list(), stored: readdirSync(place + '/checkpoints').sort(),
        metrics: metrics.map(({ last }) => last?.value),
        archive: execFileSync('tar', ['-tzf', place + '/out/everywhere/output/model.tar.gz'], { encoding: 'utf8' }),
        owner: new Set([process.getuid(), ...execFileSync('stat', ['-c', '%u', place + '/out', place + '/checkpoints/after'],
          { encoding: 'utf8' }).trim().split('\\n').map(Number)]).size,
      };
    } catch ({ code, message }) {
      return { status: job.describe().TrainingJobStatus, code, message };
    } finally {
      await job[Symbol.asyncDispose]();
      execFileSync('rm', ['-r', place]);
    }
  };
  console.log(JSON.stringify(await run(...ARGUMENTS)));`;

async function outcomeIn(place: Place, isolation: string): Promise<Record<string, unknown>> {
  const output = await run(JOB.replace('ARGUMENTS', JSON.stringify([isolation, ALGORITHM])), place);
  return JSON.parse(output) as Record<string, unknown>;
}

const EVERYWHERE = {
  status: 'Completed',
  exitCode: 0,
  findings: [],
  model: 'aabc',
  name: 'everywhere\n',
  checkpoints: ['after', 'before'],
  stored: ['after', 'before'],
  metrics: [3, 0.5],
  archive: 'all\n',
  owner: 1,
};

/** Without the system call that makes namespaces, as in a container with Docker's own filter. */
const FILTERED = `cat > /mnt/filter.py <<'EOF'
import ctypes, os, platform, struct, sys
number = {'x86_64': 272, 'aarch64': 97}[platform.machine()]
code = b''.join(struct.pack('HBBI', *line) for line in [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000)])
buffer = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack('HL', 4, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0, ctypes.get_errno()
os.execvp(sys.argv[1], sys.argv[1:])
EOF
exec python3 /mnt/filter.py "$@"`;

/** Where nobody gets a namespace, and what is said of that. */
const LOCKED: Record<string, [string, RegExp]> = {
  'a limit of user namespaces': [
    withoutNamespaces('max_user_namespaces'),
    /user\.max_user_namespaces is 0: raise it with/,
  ],
  'a limit of mount namespaces': [
    withoutNamespaces('max_mnt_namespaces'),
    /user\.max_mnt_namespaces is 0: raise it with/,
  ],
  'a chroot': [IN_CHROOT, /Operation not permitted.*chroot/],
  'a seccomp filter': [
    `mount -t tmpfs tmpfs /mnt; ${FILTERED}`,
    /seccomp filter is in force.*--security-opt seccomp=unconfined/,
  ],
};

describe.runIf(process.getuid!() === 0)('the same job comes to the same', () => {
  test.each<[string, Place, string]>([
    ['as root', {}, 'namespace'],
    ['as root without CAP_SYS_ADMIN', { without: '-sys_admin' }, 'namespace'],
    ['as an ordinary user', { uid: NOBODY }, 'namespace'],
    ['as root, without a namespace', {}, 'none'],
    ['as an ordinary user, without a namespace', { uid: NOBODY }, 'none'],
  ])('%s', async (_who, place, isolation) => {
    expect(await outcomeIn(place, isolation)).toEqual(EVERYWHERE);
  });

  test.each(Object.entries(LOCKED))(
    'without a namespace where there are none: %s',
    async (_why, [machine]) => {
      expect(await outcomeIn({ machine }, 'none')).toEqual(EVERYWHERE);
    },
  );

  test.each(Object.entries(LOCKED))(
    'and says why it cannot run, and what to do: %s',
    async (_why, [machine, reason]) => {
      const { status, code, message } = await outcomeIn({ machine }, 'namespace');
      expect({ status, code }).toEqual({ status: 'Failed', code: 'RUNNER_UNAVAILABLE' });
      expect(message).toMatch(reason);
      expect(message).toContain("Or run without: `isolation: 'none'`");
    },
  );
});

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

test('a package that is not installed is named, with what to do', async () => {
  const output = await run(
    `const job = startTrainingJob({}, { image: 'x' });
     const { code, message } = await job.finished().catch((error) => error);
     console.log(code, message);`,
  );
  expect(output).toMatch(/^RUNNER_UNAVAILABLE .*`dockerode` is not installed: `npm install dockerode`/);
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
