// A training algorithm as SageMaker would run it: hyperparameters and data come in below /opt/ml, the model goes
// out there, and what is printed are the metrics. It has two Pipe-mode channels, `train` and `validation`, with
// RecordIO around each object. SAGEMAKER_BASE_DIR names the directory where there is no /opt/ml.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Epoch, readEpochs, readRecords } from 'sagemaker-pipe-mode/reader';

import { LinearModel, observations } from './model.js';

const root = process.env['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
const { epochs, learning_rate: learningRate, pause_ms: pauseMs } = hyperparameters();
const dir = join(root, 'input/data');

const model = new LinearModel();
const validation = readEpochs({ dir, channel: 'validation', epochs });

for await (const epoch of readEpochs({ dir, channel: 'train', epochs })) {
  const trainLoss = await meanOver(epoch, (y, xs) => model.learn(y, xs, learningRate));
  const validationLoss = await meanOverNext(validation, (y, xs) => model.loss(y, xs));
  console.log(
    `epoch=${epoch.epoch} train_loss=${trainLoss.toFixed(6)} validation_loss=${validationLoss.toFixed(6)}`,
  );
}

mkdirSync(join(root, 'model'), { recursive: true });
writeFileSync(join(root, 'model/model.json'), JSON.stringify(model));

type Measure = (y: number, xs: readonly number[]) => number;

/** The mean of a measure over all observations of an epoch, one record after the other. */
async function meanOver(epoch: Epoch, measure: Measure): Promise<number> {
  let sum = 0;
  let count = 0;
  let records = 0;
  for await (const record of readRecords(epoch)) {
    for (const { y, xs } of observations(record)) {
      sum += measure(y, xs);
      count++;
    }
    if (pauseMs === 0) continue;
    console.log(`records=${++records} of ${basename(epoch.path)}`);
    await delay(pauseMs);
  }
  return sum / count;
}

/** The same for the channel's next epoch: a loop over `readEpochs` goes on where the last one was left. */
async function meanOverNext(channel: AsyncIterable<Epoch>, measure: Measure): Promise<number> {
  for await (const epoch of channel) return await meanOver(epoch, measure);
  throw new Error('The validation channel has no more epochs.');
}

/** SageMaker hands over every hyperparameter as a string. */
function hyperparameters(): { epochs: number; learning_rate: number; pause_ms: number } {
  const path = join(root, 'input/config/hyperparameters.json');
  const strings = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  const { epochs, learning_rate, pause_ms = 0 } = strings;
  return { epochs: Number(epochs), learning_rate: Number(learning_rate), pause_ms: Number(pause_ms) };
}
