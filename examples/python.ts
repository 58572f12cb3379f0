// The same training job with an algorithm in Python, in the fewest lines.
import { startTrainingJob } from 'sagemaker-pipe-mode/training';

import { reportVerdict } from './support/data.js';
import { baseDir, commands, jobRequest, readModel } from './support/job.js';

await using job = startTrainingJob(jobRequest(), { command: commands.Python, baseDir });
for await (const { text } of job.logs()) console.log(text);
const result = await job.finished();
reportVerdict(await readModel(result));
