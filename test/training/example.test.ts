import { runTrainingJob, startTrainingJob } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

/** A linear regression in the standard library, through RecordIO, over as many epochs as the hyperparameters say. */
const TRAIN = `
import json, struct, sys
assert sys.argv[1] == 'train'
epochs = int(json.load(open('/opt/ml/input/config/hyperparameters.json'))['epochs'])
n = sx = sy = sxx = sxy = 0
for epoch in range(epochs):
    with open('/opt/ml/input/data/training_%d' % epoch, 'rb') as pipe:
        while head := pipe.read(8):
            magic, length = struct.unpack('<II', head)
            record = pipe.read(length + -length % 4)[:length]
            for line in record.decode().split():
                x, y = map(float, line.split(','))
                n += 1; sx += x; sy += y; sxx += x * x; sxy += x * y
slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
json.dump({'slope': slope, 'n': n}, open('/opt/ml/model/weights.json', 'w'))
`;

test('the ten lines of the guide', async () => {
  const baseDir = jobs.files({
    'train.py': TRAIN,
    'data/a.csv': '0,1\n1,4\n2,7\n',
    'data/b.csv': '3,10\n4,13\n',
  });
  await using job = startTrainingJob(
    { HyperParameters: { epochs: '3' }, AlgorithmSpecification: { TrainingInputMode: 'Pipe' } },
    {
      command: ['python3', 'train.py'],
      channels: { training: { source: './data', recordio: true } },
      baseDir,
    },
  );
  const result = await job.finished();
  const weights = JSON.parse(await result.model.readText('weights.json'));
  expect(weights.slope).toBeCloseTo(3);
  expect(weights.n).toBe(15);
  expect(result.findings).toEqual([]);
});

test('runTrainingJob() answers a result to be disposed of', async () => {
  await using result = await runTrainingJob({}, { command: ['sh', '-c', 'echo 1 > /opt/ml/model/m', 'sh'] });
  expect(result.model.list()).toEqual(['m']);
  expect(result.status).toBe('Completed');
});
