// Streams two RecordIO channels to an algorithm in Python, which runs as it would in a container: a process of its
// own, which reads FIFOs, prints metrics and writes a model.
import { fileURLToPath } from 'node:url';

import { createChannels } from 'sagemaker-pipe-mode';

import { dataDirectory, hyperparameters, reportVerdict } from './support/data.js';
import { runJob } from './support/job.js';

const model = await runJob({
  command: ['python3', fileURLToPath(new URL('python/train.py', import.meta.url))],
  channels: (dest) =>
    createChannels({ source: dataDirectory, dest, recordio: true, epochs: Number(hyperparameters.epochs) }),
  hyperparameters,
  onLine: console.log,
});
reportVerdict(model);
