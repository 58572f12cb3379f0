// The main job, `npm start`: a training job with the request in `job.yaml`. The data in examples/data goes through two
// Pipe-mode channels, epoch after epoch, to an algorithm that finds it below /opt/ml, as it would in the cloud; what it
// has learned is compared with what is true.
//
//     npm start               # the algorithm in TypeScript
//     npm start -- --python   # the algorithm in Python
import { PipeModeError } from 'sagemaker-pipe-mode';
import { startTrainingJob, type TrainingJobResult } from 'sagemaker-pipe-mode/training';

import { reportVerdict } from './support/data.js';
import { baseDir, commands, jobRequest, readModel } from './support/job.js';
import { isWatched, pauseMs } from './support/live-line.js';
import { Progress } from './support/progress.js';

const language = process.argv.includes('--python') ? 'Python' : 'TypeScript';
const request = jobRequest({ pause_ms: String(pauseMs) });

console.log(`A training job: linear regression by stochastic gradient descent, in ${language}.`);
console.log('Each CSV file in examples/data/<channel> goes out as one RecordIO record.\n');
if (isWatched)
  console.log(`The algorithm pauses ${pauseMs} ms after each, so that there is something to see.\n`);

const began = performance.now();
await using result = await train();
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`\n${result.status} in ${seconds} s, the start of the algorithm included.`);
for (const { id, seen } of result.findings) console.log(`Finding: ${id}: ${seen}`);
reportVerdict(await readModel(result));

/** In a namespace, with an /opt/ml of its own; where none can be had, the algorithm is told the directory. */
async function train(): Promise<TrainingJobResult> {
  try {
    return await trainIn('namespace');
  } catch (error) {
    if (!(error instanceof PipeModeError && error.code === 'RUNNER_UNAVAILABLE')) throw error;
    console.log('There are no namespaces to be had here: without an /opt/ml of its own, then.\n');
    return await trainIn('none');
  }
}

async function trainIn(isolation: 'namespace' | 'none'): Promise<TrainingJobResult> {
  const job = startTrainingJob(request, {
    command: commands[language],
    baseDir,
    cwd: process.cwd(),
    isolation,
  });
  using _progress = new Progress(job);
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => void job.stop());
  return await job.finished();
}
