// The same training job from S3 to S3: the data is uploaded to a server that runs in this process, the channels stream
// it from there, and `model.tar.gz` goes there. For a bucket on AWS leave `s3` out: credentials and region are found in
// the SDK's usual ways.
import { createReadStream, readdirSync } from 'node:fs';

import { Upload } from '@aws-sdk/lib-storage';
import { runTrainingJob } from 'sagemaker-pipe-mode/training';

import { startS3Server } from '../test/support/s3-server.js';
import { dataDirectory, reportVerdict } from './support/data.js';
import { commands, jobRequest, readModel } from './support/job.js';

const bucket = 'examples';
await using server = await startS3Server();
server.createBucket(bucket);

const client = server.client();
for (const channel of ['train', 'validation']) {
  const names = readdirSync(`${dataDirectory}/${channel}`);
  for (const name of names) {
    const Body = createReadStream(`${dataDirectory}/${channel}/${name}`);
    const params = { Bucket: bucket, Key: `linear-regression/${channel}/${name}`, Body };
    await new Upload({ client, params }).done();
  }
  console.log(`uploaded ${names.length} objects to s3://${bucket}/linear-regression/${channel}/`);
}

const request = jobRequest();
await using result = await runTrainingJob(
  {
    ...request,
    TrainingJobName: 'linear-regression',
    InputDataConfig: request.InputDataConfig?.map((channel) => ({
      ...channel,
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: `s3://${bucket}/linear-regression/${channel.ChannelName}/`,
        },
      },
    })),
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/models` },
  },
  { command: commands.TypeScript, s3: client },
);
client.destroy();

for (const { name, last } of result.metrics) console.log(`${name} = ${last?.value}`);
console.log(`the model is in ${result.uploaded.model}`);
reportVerdict(await readModel(result));
