// Train, serve, predict: the model of a training job is served by two servers, in Python and in Node, which are asked as
// SageMaker would ask them. What they answer has the coefficients in it with which the data was made.
import { fileURLToPath } from 'node:url';

import { startEndpoint } from 'sagemaker-pipe-mode/serving';
import { runTrainingJob } from 'sagemaker-pipe-mode/training';

import { reportVerdict } from './support/data.js';
import { baseDir, commands, jobRequest } from './support/job.js';

const servers = {
  Python: ['python3', fileURLToPath(new URL('python/serve.py', import.meta.url))],
  Node: [process.execPath, fileURLToPath(new URL('node/serve.mjs', import.meta.url))],
};

/** The origin, and a step from there in each direction. */
const lines = ['0,0,0,0', '1,0,0,0', '0,1,0,0', '0,0,1,0', '0,0,0,1'];

await using result = await runTrainingJob(jobRequest(), { command: commands.Python, baseDir });
for (const [language, command] of Object.entries(servers)) {
  await using endpoint = await startEndpoint({ ModelDataUrl: result }, { command });
  const asked = { contentType: 'text/csv', accept: 'application/json' };
  const answer = await endpoint.invoke(lines.join('\n'), asked);
  const { predictions } = (await answer.json()) as { predictions: [number, ...number[]] };
  const [intercept, ...steps] = predictions;
  console.log(`\nA server in ${language} predicts ${predictions.map((y) => y.toFixed(2)).join(', ')}.`);
  reportVerdict({ intercept, weights: steps.map((y) => y - intercept) });

  for (const { id, seen } of await endpoint.examine(lines[0]!, asked)) {
    console.log(`Finding: ${id}: ${seen}`);
    process.exitCode = 1;
  }
}
