// Trains a linear regression from a RecordIO channel, with the channel and the algorithm in one process: the
// shortest way from data to an algorithm in TypeScript, and the way a test would do it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createChannel } from 'sagemaker-pipe-mode';
import { readEpochs, readRecords } from 'sagemaker-pipe-mode/reader';

import { LinearModel, observations } from './linear-regression/model.js';
import { dataDirectory, reportVerdict } from './support/data.js';
import { bar, kilobytes, LiveLine, pauseMs } from './support/live-line.js';

const dest = mkdtempSync(join(tmpdir(), 'linear-regression-'));
const epochs = 8;
const learningRate = 0.0003;

const channel = createChannel({
  name: 'train',
  source: join(dataDirectory, 'train'),
  dest,
  recordio: true,
  epochs,
});
const files = readdirSync(join(dataDirectory, 'train')).length;
await channel.start();

const line = new LiveLine();
const model = new LinearModel();
for await (const epoch of readEpochs({ dir: dest, channel: 'train', epochs })) {
  let loss = 0;
  let count = 0;
  let records = 0;
  for await (const record of readRecords(epoch)) {
    for (const { y, xs } of observations(record)) {
      loss += model.learn(y, xs, learningRate);
      count++;
    }
    records++;
    const sent = kilobytes(channel.stats().epochBytes);
    line.show(
      `train_${epoch.epoch} ${bar(records / files, 30)} ${records} of ${files} records read, ${sent} sent`,
    );
    if (pauseMs > 0) await delay(pauseMs);
  }
  line.say(`epoch ${epoch.epoch}: ${count} observations, mean squared error ${(loss / count).toFixed(4)}`);
}
await channel.finished();
rmSync(dest, { recursive: true });

reportVerdict(model);
