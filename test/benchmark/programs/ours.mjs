// Channels of the library in a process of its own: see `Ours`, the other end.
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { createChannel, manifestSource } from 'sagemaker-pipe-mode';

import { chunksOf } from './chunks.mjs';
import { fail, serve } from './serve.mjs';

/**
 * @typedef {import('sagemaker-pipe-mode').Channel} Channel
 * @typedef {import('../ours.js').ChannelPlan} ChannelPlan
 */

/** @type {Channel[]} */
const channels = [];

serve({
  /** @param {readonly ChannelPlan[]} plans */
  async start(plans) {
    const made = plans.map(channelOf);
    for (const channel of made) channel.finished().catch(fail);
    await Promise.all(made.map((channel) => channel.start()));
    channels.push(...made);
  },

  /**
   * How long `start()` takes, in milliseconds, so many times.
   *
   * @param {{ plan: ChannelPlan; times: number }} input
   */
  async startTimes({ plan, times }) {
    const taken = [];
    for (let time = 0; time < times; time++) {
      const channel = channelOf({ ...plan, name: `${plan.name}-${time}` });
      const began = performance.now();
      await channel.start();
      taken.push(performance.now() - began);
      if (!existsSync(`${channel.dest}/${channel.name}_0`))
        throw new Error('start() resolved without a FIFO');
      await channel.stop();
    }
    return taken;
  },

  /**
   * How much of a core this process uses, as a fraction, over so many milliseconds.
   *
   * @param {number} overMs
   */
  async cpu(overMs) {
    const before = process.cpuUsage();
    const began = performance.now();
    await delay(overMs);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / (performance.now() - began);
  },

  /**
   * How long `readFile` takes, in milliseconds, so many times.
   *
   * @param {{ path: string; times: number }} input
   */
  async readFileTimes({ path, times }) {
    const taken = [];
    for (let time = 0; time < times; time++) {
      const began = performance.now();
      await readFile(path);
      taken.push(performance.now() - began);
      await delay(1);
    }
    return taken;
  },

  /** The most memory that this process has had, in bytes. */
  async peak() {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kib) * 1024;
  },

  async stop() {
    await Promise.all(channels.map((channel) => channel.stop()));
  },
});

/** @param {ChannelPlan} plan */
function channelOf({ chunks, isManifest, ...options }) {
  const { source, s3 } = options;
  if (chunks) return createChannel({ ...options, source: [{ key: 'object', body: chunksOf(chunks) }] });
  return createChannel({ ...options, source: isManifest ? manifestSource(source, { s3 }) : source });
}
