import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { startTrainingJob, type TrainingJobRequest } from 'sagemaker-pipe-mode/training';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { s3Backends, type S3TestBackend } from '../support/s3-backends.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const cwd = fileURLToPath(new URL('algorithms', import.meta.url));

describe.each(s3Backends)('with all of it in S3: %s', (_, connect) => {
  let backend: S3TestBackend;
  beforeEach(async () => {
    backend = await connect();
  });
  afterEach(() => backend.stop());

  const put = (Key: string, Body: string) =>
    backend.client.send(new PutObjectCommand({ Bucket: backend.bucket, Key, Body }));

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    const pages = paginateListObjectsV2({ client: backend.client }, { Bucket: backend.bucket });
    for await (const { Contents = [] } of pages) found.push(...Contents.map(({ Key }) => Key!));
    return found;
  }

  /** Downloads an archive and unpacks it, as whoever deploys a model does. */
  async function fetchArchive(uri: string): Promise<string> {
    const { pathname } = new URL(uri);
    const answer = await backend.client.send(
      new GetObjectCommand({ Bucket: backend.bucket, Key: pathname.slice(1) }),
    );
    const directory = jobs.path('fetched');
    mkdirSync(directory);
    writeFileSync(`${directory}.tar.gz`, await answer.Body!.transformToByteArray());
    execFileSync('tar', ['-xzf', `${directory}.tar.gz`, '-C', directory]);
    return directory;
  }

  test.each(['Pipe', 'File'])('a linear regression predicts 31 where 31 is right (%s mode)', async (mode) => {
    const { bucket } = backend;
    await put('data/training/a.csv', '0,1\n1,4\n2,7\n'); // y = 3 x + 1
    await put('data/training/b.csv', '3,10\n4,13\n');
    const request: TrainingJobRequest = {
      TrainingJobName: 'regression',
      HyperParameters: { epochs: '2' },
      AlgorithmSpecification: { TrainingInputMode: mode },
      InputDataConfig: [
        {
          ChannelName: 'training',
          DataSource: {
            S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/data/training/` },
          },
        },
      ],
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/jobs/` },
    };
    await using job = startTrainingJob(request, {
      command: ['python3', 'train.py'],
      cwd,
      s3: backend.config,
    });
    const { uploaded, findings } = await job.finished();
    expect(findings).toEqual([]);
    expect(uploaded).toEqual({
      model: `s3://${bucket}/jobs/regression/output/model.tar.gz`,
      output: `s3://${bucket}/jobs/regression/output/output.tar.gz`,
    });
    const { ModelArtifacts: artifacts } = job.describe();
    expect(artifacts).toEqual({ S3ModelArtifacts: uploaded.model });

    const directory = await fetchArchive(artifacts!.S3ModelArtifacts);
    const model = JSON.parse(readFileSync(`${directory}/model.json`, 'utf8')) as Record<string, number>;
    expect(model['slope']! * 10 + model['intercept']!).toBe(31);
  });

  test('checkpoints: kept, restored after an interruption and by the next job, and deleted', async () => {
    const { bucket } = backend;
    const script = `
      trap 'exit 1' TERM
      cd $ML/checkpoints
      step=$(cat latest 2> /dev/null || echo 0)
      echo "from $step: $(echo *)"
      echo $((step + 1)) > latest
      echo weights > step-$((step + 1)); rm -f step-$((step - 1))
      [ $step = 1 ] && exit
      echo saved; while :; do sleep 0.02; done`;
    const request = {
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints` },
    };
    const s3 = backend.config;
    await using job = jobs.sh(script, request, { s3 });
    const lines: string[] = [];
    for await (const { text } of job.logs()) {
      lines.push(text);
      if (text === 'saved') await job.interrupt();
    }
    await job.finished();
    expect(lines).toEqual(['from 0: *', 'saved', 'from 1: latest step-1']);
    expect(await keys()).toEqual(['checkpoints/latest', 'checkpoints/step-1', 'checkpoints/step-2']);

    await using next = jobs.sh(script, request, { s3 });
    for await (const { text } of next.logs()) {
      lines.push(text);
      if (text === 'saved') await next.stop();
    }
    await next.finished();
    expect(lines.at(-2)).toBe('from 2: latest step-1 step-2');
    expect(await keys()).toEqual(['checkpoints/latest', 'checkpoints/step-2', 'checkpoints/step-3']);
  });
});
