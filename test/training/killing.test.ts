import { mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { CommandOptions, CommonJobOptions } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../runner/support/algorithm.js';
import { fifosBelow } from '../support/leftovers.js';
import { Program } from '../support/program.js';
import {
  FILES,
  jobProgram,
  killings,
  moments,
  READ,
  requestOf,
  SEED,
  startAndKill,
} from './support/killed-jobs.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const COMMAND = { command: ['true'], stopGraceMs: 20 };

test.each(killings(50, 350, 5).map((each) => [each.map(({ ms }) => ms), each] as const))(
  `nothing is left of jobs that are killed after %j ms (KILLING_SEED=${SEED}), and the next one works`,
  async (_moments, all) => {
    jobs.files(FILES);
    const start = (hosts: number, name: string, more: Partial<CommonJobOptions & CommandOptions>) =>
      jobs.start(requestOf(jobs.dir, jobs.path(name), hosts), { ...COMMAND, ...more });
    await Promise.all(
      all.map(({ hosts, ...how }, index) => {
        const isolation = hosts === 1 && index % 2 === 1 ? 'none' : 'namespace';
        const directory = index % 3 === 2 ? jobs.path(`job-${index}`) : undefined;
        return startAndKill(how, (signal) =>
          start(hosts, `checkpoints-${index}`, { isolation, directory, signal }),
        );
      }),
    );
    expect(fifosBelow(jobs.dir)).toEqual([]);
    await using job = start(1, 'checkpoints-next', {});
    const { output } = await job.finished();
    expect(await output.readText('read')).toBe(`${READ}\n`);
  },
);

test(`what our own process leaves when it is killed, at ten moments (KILLING_SEED=${SEED}), the next one removes`, async () => {
  const temporary = jobs.path('temporary');
  mkdirSync(temporary);
  jobs.files(FILES);
  const run = (name: string, hosts: number, isolation = 'namespace') => {
    const options = { ...COMMAND, isolation, env: { PATH: process.env['PATH'], [jobs.mark]: 'yes' } };
    return jobProgram(requestOf(jobs.dir, jobs.path(name), hosts), options, temporary);
  };
  const killAfter = async (ms: number, index: number) => {
    const program = run(`checkpoints-${index}`, (index % 3) + 1, index % 6 === 3 ? 'none' : 'namespace');
    await program.said('begins');
    await delay(ms);
    await program.kill();
  };
  await Promise.all(moments(10, 800).map(killAfter));
  await expectNoProcesses(jobs.mark);
  expect(mountsOfAll(temporary)).toEqual([]);
  expect(readdirSync(temporary)).not.toEqual([]);
  const next = run('checkpoints-9', 1);
  expect(await next.ended()).toMatchObject({ code: 0, lines: ['begins', READ], stderr: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

/** Makes directories as fast as it can, and a daemon beside it does the same. */
const BUSY = `
import os
base = os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml') + '/model'
name = 'daemon' if os.fork() == 0 else 'own'
if name == 'daemon': os.setsid()
os.write(1, b'up\\n')
i = 0
while True:
    i += 1
    try: os.makedirs(base + '/%s/%d' % (name, i))
    except OSError: pass
`;

test.each(['namespace', 'none'])(
  'nothing is left when our own process exits in the middle of a job, isolation: %s',
  async (isolation) => {
    const temporary = jobs.path('temporary');
    mkdirSync(temporary);
    const source = `
      import { startTrainingJob } from 'sagemaker-pipe-mode/training';
      const options = JSON.parse(process.argv[1]);
      const job = startTrainingJob({}, options);
      for await (const _ of job.logs())
        setTimeout(() => { if (process.argv[2] === 'exit') process.exit(5); throw new Error('uncaught'); }, 50);`;
    const env = { PATH: process.env['PATH'], [jobs.mark]: 'yes' };
    const options = JSON.stringify({ command: ['python3', '-c', BUSY], isolation, env });
    const end = (how: string) =>
      new Program(source, { args: [options, how], env: { TMPDIR: temporary } }).ended();
    for (const [how, code] of [
      ['exit', 5],
      ['throw', 1],
      ['exit', 5],
    ] as const) {
      expect(await end(how)).toMatchObject({ code });
      expect(readdirSync(temporary)).toEqual([]);
    }
    await expectNoProcesses(jobs.mark);
  },
);
