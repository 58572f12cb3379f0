import { mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../runner/support/algorithm.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../support/engine/engine.js';
import { fifosBelow } from '../support/leftovers.js';
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

const IN_CONTAINER = { image: TOOLS, container: { engine: engineHost }, stopGraceMs: 50 };

describeWithEngine('jobs in containers', () => {
  test.each(killings(50, 2500, 10).map((each) => [each.map(({ ms }) => ms), each] as const))(
    `nothing is left of those that are killed after %j ms (KILLING_SEED=${SEED}), and the next one works`,
    async (_moments, all) => {
      jobs.files(FILES);
      const start = (hosts: number, name: string, signal?: AbortSignal) =>
        jobs.start(requestOf(jobs.dir, jobs.path(name), hosts), { ...IN_CONTAINER, signal });
      await Promise.all(
        all.map((each, index) =>
          startAndKill(each, (signal) => start(each.hosts, `checkpoints-${index}`, signal)),
        ),
      );
      expect(fifosBelow(jobs.dir)).toEqual([]);
      expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
      await using job = start(1, 'checkpoints-9');
      const { output } = await job.finished();
      expect(await output.readText('read')).toBe(`${READ}\n`);
      expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
    },
  );

  test(`what our own process leaves when it is killed, at ten moments (KILLING_SEED=${SEED}), the next one removes`, async () => {
    const docker = connectToEngine();
    const temporary = jobs.path('temporary');
    mkdirSync(temporary);
    jobs.files(FILES);
    const run = (name: string, hosts: number) => {
      const options = { ...IN_CONTAINER, env: { [jobs.mark]: 'yes' } };
      return jobProgram(requestOf(jobs.dir, jobs.path(name), hosts), options, temporary);
    };
    const killAfter = async (ms: number, index: number) => {
      const program = run(`checkpoints-${index}`, (index % 3) + 1);
      await program.said('begins');
      await delay(ms);
      await program.kill();
      return { pid: program.child.pid!, left: await leftOnEngine(docker, [program.child.pid!]) };
    };
    const pids: number[] = [];
    const left: string[] = [];
    for (const [index, ms] of moments(10, 1500).entries()) {
      const killed = await killAfter(ms, index);
      pids.push(killed.pid);
      left.push(...killed.left);
    }
    expect(left).not.toEqual([]);
    // The engine may still be at what it was asked for last: one more run removes that.
    const leftAfterRun = async () => {
      const next = run('checkpoints-9', 1);
      expect(await next.ended()).toMatchObject({ code: 0, lines: ['begins', READ], stderr: '' });
      return [...(await leftOnEngine(docker, pids)), ...readdirSync(temporary)];
    };
    await expect.poll(leftAfterRun, { timeout: 20_000 }).toEqual([]);
    await expectNoProcesses(jobs.mark);
    expect(mountsOfAll(temporary)).toEqual([]);
  });
});
