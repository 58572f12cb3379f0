import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { ChannelGroup } from 'sagemaker-pipe-mode';

import { checkChannel } from './checks/check-channel.js';
import { ChannelDriver } from './drive-channel.js';
import { layOut } from './material.js';
import type { Problem } from './problem.js';
import type { ChannelPlan, Scenario } from './scenario.js';
import type { World } from './world.js';

/** What a scenario came to. */
export interface ScenarioResult {
  readonly problems: readonly Problem[];
  readonly epochs: number;
  readonly bytes: number;
}

/** Runs a scenario in this thread, and checks all but what it leaves behind in the process. */
export async function runScenario(scenario: Scenario, world: World): Promise<ScenarioResult> {
  const drivers = scenario.channels.map((plan) => makeDriver(plan, world));
  if (scenario.isGroup) await runGroup(drivers, world);
  else await Promise.all(drivers.map((driver) => runAlone(driver, world)));
  const problems = drivers.flatMap(({ plan, material, record }) =>
    checkChannel(plan, world.dest, material, record),
  );
  const ends = drivers.flatMap(({ record }) => record.events.filter(({ name }) => name === 'epochEnd'));
  return {
    problems: [...problems, ...checkDest(scenario, world.dest)],
    epochs: ends.length,
    bytes: drivers.reduce((sum, { record }) => sum + (record.stats?.bytes ?? 0), 0),
  };
}

function makeDriver(plan: ChannelPlan, world: World): ChannelDriver {
  const dir = join(world.dir, plan.name);
  mkdirSync(dir);
  const material = layOut(plan, dir, `${world.prefix}-${plan.name}`, world.s3);
  return new ChannelDriver(plan, material, world);
}

async function runAlone(driver: ChannelDriver, { subject, dest, s3 }: World): Promise<void> {
  const channel = subject.createChannel({
    ...driver.options,
    name: driver.plan.name,
    dest,
  });
  driver.attach(channel);
  await s3.settled();
  await driver.run(
    () => channel.start(),
    () => channel.stop(),
  );
}

/** A group stops when the last of its channels has nothing left to do. */
async function runGroup(drivers: readonly ChannelDriver[], { subject, dest, s3 }: World): Promise<void> {
  const channels = Object.fromEntries(drivers.map((driver) => [driver.plan.name, driver.options]));
  const group: ChannelGroup = subject.createChannels({ channels, dest });
  group.on('error', () => {}); // each channel tells of its own
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let running = drivers.length;
  let allDone!: () => void;
  const done = new Promise<void>((resolve) => (allDone = resolve));
  const stop = async () => {
    if (--running === 0) allDone();
    await done;
    await (stopped ??= group.stop());
  };
  const stopAll = () => {
    for (const driver of drivers) driver.noteStop();
    return group.stop();
  };
  const stoppable = { stop: stopAll, [Symbol.asyncDispose]: stopAll };
  for (const driver of drivers) driver.attach(group.channels.get(driver.plan.name)!, stoppable);
  await s3.settled();
  await Promise.all(drivers.map((driver) => driver.run(() => (started ??= group.start()), stop)));
}

/** Nothing stays in the destination, except what File mode goes on from after an interrupted download. */
function checkDest({ channels }: Scenario, dest: string): Problem[] {
  let names: string[];
  try {
    names = readdirSync(dest);
  } catch {
    return [];
  }
  const mayStay = channels
    .filter(({ inputMode, source, own }) => inputMode !== 'Pipe' && source === 's3' && !own)
    .map(({ name }) => `.${name}.sagemaker-pipe-mode`);
  const left = names.filter((name) => !mayStay.includes(name));
  return left.length === 0 ? [] : [{ rule: 'files', detail: `left in the destination: ${left.join(', ')}` }];
}
