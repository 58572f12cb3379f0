import { mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { startEndpoint } from 'sagemaker-pipe-mode/serving';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../runner/support/algorithm.js';
import { buildImage, removeImage } from '../support/engine/build-image.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../support/engine/engine.js';
import { moments, SEED } from '../training/support/killed-jobs.js';
import { endpointProgram, load, STUBBORN_SERVER } from './support/killed-endpoints.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const Image = 'pipe-mode/stubborn';
const container = { engine: engineHost };

const WAYS = ['abort', 'stop', 'dispose'] as const;

describeWithEngine('endpoints in containers', () => {
  beforeAll(async () => {
    const Dockerfile = `FROM ${TOOLS}\nCOPY serve.cjs /\nENTRYPOINT ["node", "/serve.cjs"]\n`;
    await buildImage(Image, { Dockerfile, 'serve.cjs': STUBBORN_SERVER });
  });
  afterAll(() => removeImage(Image));

  test(`nothing is left of those that end at twelve moments, under load (KILLING_SEED=${SEED})`, async () => {
    for (const [index, ms] of moments(12, 2000).entries()) {
      const way = WAYS[index % WAYS.length]!;
      const controller = new AbortController();
      const { signal } = controller;
      const request = { Image, InitialInstanceCount: (index % 2) + 1 };
      const starting = startEndpoint(request, { container, stopGraceMs: 50, signal });
      const loading = starting.then(load, () => []);
      await delay(ms);
      if (way === 'abort') controller.abort();
      const endpoint = await starting.catch((error: unknown) => error as Error);
      if (endpoint instanceof Error) {
        expect([way, (endpoint as NodeJS.ErrnoException).code]).toEqual(['abort', 'ABORTED']);
      } else {
        if (way !== 'dispose') await endpoint.stop();
        await endpoint[Symbol.asyncDispose]();
        for (const code of await loading) expect(code).toBe('ENDPOINT_STOPPED');
      }
      expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
    }
  }, 120_000);

  test(`what our own process leaves when it is killed, at six moments (KILLING_SEED=${SEED}), the next one removes`, async () => {
    const docker = connectToEngine();
    const temporary = endpoints.path('temporary');
    mkdirSync(temporary);
    const { mark } = endpoints;
    const run = (asks: number) => endpointProgram({ Image }, { container }, { mark, temporary, asks });
    const pids: number[] = [];
    const left: string[] = [];
    for (const ms of moments(6, 2000)) {
      const program = run(Infinity);
      await program.said('begins');
      await delay(ms);
      await program.kill();
      pids.push(program.child.pid!);
      left.push(...(await leftOnEngine(docker, pids)));
    }
    expect(left).not.toEqual([]);
    // The engine may still be at what it was asked for last: one more run removes that.
    const leftAfterRun = async () => {
      expect(await run(20).ended()).toMatchObject({ code: 0, lines: ['begins', 'asked'], stderr: '' });
      return [...(await leftOnEngine(docker, pids)), ...readdirSync(temporary)];
    };
    await expect.poll(leftAfterRun, { timeout: 20_000 }).toEqual([]);
    await expectNoProcesses(mark);
    expect(mountsOfAll(temporary)).toEqual([]);
  }, 120_000);
});
