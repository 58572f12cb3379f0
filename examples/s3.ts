// The same data from S3: uploads it to a server that runs in this process, and trains from `s3://` URIs. For a
// bucket on AWS leave `s3` out: credentials and region are found in the SDK's usual ways.
import { createReadStream, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Upload } from '@aws-sdk/lib-storage';
import { createChannels } from 'sagemaker-pipe-mode';

import { startS3Server } from '../test/support/s3-server.js';
import { dataDirectory, hyperparameters, reportVerdict } from './support/data.js';
import { runJob } from './support/job.js';

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
client.destroy();

const model = await runJob({
  command: [
    process.execPath,
    '--import',
    'tsx',
    fileURLToPath(new URL('linear-regression/train.ts', import.meta.url)),
  ],
  channels: (dest) =>
    createChannels({
      channels: {
        train: { source: `s3://${bucket}/linear-regression/train/` },
        validation: { source: `s3://${bucket}/linear-regression/validation/` },
      },
      dest,
      s3: server.clientConfig,
      recordio: true,
      epochs: Number(hyperparameters.epochs),
    }),
  hyperparameters,
  onLine: console.log,
});
reportVerdict(model);
