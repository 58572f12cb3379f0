// Tests of an algorithm in Python: five ways to feed it, and nothing that is left.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { augmentedManifestSource } from 'sagemaker-pipe-mode';
import { fixtures, type Harness, type HarnessFixtures } from 'sagemaker-pipe-mode/testing';
import { expect, test as base } from 'vitest';

const test = base.extend<HarnessFixtures>(fixtures);
const program = fileURLToPath(new URL('python/mean.py', import.meta.url));
const numbers = ['1', '2', '3', '4', '5'].map((body) => ({ key: body, body: `${body}\n` }));

/** Trains, and answers the model. */
async function train({ runAlgorithm, optMl }: Harness, env: Record<string, string> = {}) {
  await runAlgorithm(['python3', program], { env });
  return JSON.parse(readFileSync(`${optMl}/model/model.json`, 'utf8')) as {
    mean: number;
    worst?: number;
    train: string[][];
  };
}

test('leaves an epoch of records early, and gets the next one from its beginning', async ({ harness }) => {
  const source = numbers.map(({ key, body }) => ({ key, body: body.padEnd(1024 * 1024) })); // more than a pipe holds
  const channel = await harness.startChannel({ name: 'train', source, recordio: true, epochs: 3 });
  const { train: epochs } = await train(harness, { EPOCHS: '3', RECORDIO: '1', LEAVES: '1' });
  expect(epochs).toEqual([['1', '2', '3', '4', '5'], ['1'], ['1', '2', '3', '4', '5']]);
  expect(channel.outcomes).toEqual(['complete', 'closedEarly', 'complete']);
});

test('learns from compressed objects', async ({ harness }) => {
  const source = numbers.map(({ key, body }) => ({ key, body: gzipSync(body) }));
  await harness.startChannel({ name: 'train', source, gunzip: true });
  expect(await train(harness)).toMatchObject({ mean: 3 });
});

test('sees another order in every epoch', async ({ harness }) => {
  await harness.startChannel({ name: 'train', source: numbers, shuffle: { seed: 1 } });
  const [first, second] = (await train(harness, { EPOCHS: '2' })).train as [string[], string[]];
  expect(first).not.toEqual(second);
  expect(first.sort()).toEqual(second.sort());
});

test('takes an augmented manifest', async ({ harness }) => {
  const directory = harness.files({ 'a.txt': 'seven\n', manifest: '{"label": 7, "text-ref": "a.txt"}\n' });
  const source = augmentedManifestSource(`${directory}/manifest`, { attributeNames: ['text-ref', 'label'] });
  await harness.startChannel({ name: 'train', source });
  expect(await train(harness)).toEqual({ mean: 7, train: [['seven', '7']] });
});

test('validates with a channel of its own', async ({ harness }) => {
  await harness.startChannel({ name: 'train', source: numbers });
  const validation = await harness.startChannel({ name: 'validation', source: numbers, epochs: 1 });
  expect(await train(harness, { VALIDATE: '1' })).toMatchObject({ mean: 3, worst: 2 });
  expect(validation.outcomes).toEqual(['complete']);
});
