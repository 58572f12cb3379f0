// The main job, `npm start`: streams the data in examples/data through two Pipe-mode channels, epoch after epoch, to
// an algorithm in a process of its own, and compares what it learned with what is true.
//
//     npm start               # the algorithm in TypeScript
//     npm start -- --python   # the algorithm in Python
import { fileURLToPath } from 'node:url';

import { createChannels } from 'sagemaker-pipe-mode';

import { dataDirectory, dataFolder, hyperparameters, reportVerdict } from './support/data.js';
import { isWatched, pauseMs } from './support/live-line.js';
import { runJob } from './support/job.js';
import { Progress } from './support/progress.js';

const inPython = process.argv.includes('--python');
const program = fileURLToPath(
  new URL(inPython ? 'python/train.py' : 'linear-regression/train.ts', import.meta.url),
);
const command = inPython ? ['python3', program] : [process.execPath, '--import', 'tsx', program];

console.log(`Linear regression by stochastic gradient descent, in ${inPython ? 'Python' : 'TypeScript'}.`);
console.log(`Each CSV file in ${dataFolder}/<channel> goes out as one RecordIO record.\n`);
if (isWatched)
  console.log(`The algorithm pauses ${pauseMs} ms after each, so that there is something to see.\n`);

using progress = new Progress();
const began = performance.now();
const model = await runJob({
  command,
  channels: (dest) => {
    const group = createChannels({
      source: dataDirectory,
      dest,
      recordio: true,
      epochs: Number(hyperparameters.epochs),
    });
    progress.watch(group);
    return group;
  },
  hyperparameters: { ...hyperparameters, pause_ms: String(pauseMs) },
  onLine: progress.take,
});
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`\n${hyperparameters.epochs} epochs in ${seconds} s, the start of the algorithm included.`);
reportVerdict(model);
