import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { type S3Server, startS3Server } from '../support/s3-server.js';
import type { Snippet } from './snippets.js';

/** The one that the documentation names. */
const REGION = 'eu-central-1';

/** Runs the programs of the documentation. */
export interface Programs {
  /** Where they are: in the repository, so that the package is found by its own name. */
  readonly folder: string;
  /** Writes a snippet, and answers its path. */
  write(snippet: Snippet, extension: string): string;
  /** Runs Node in a directory, with the S3 server in the environment, for 25 seconds at most unless told otherwise. */
  run(cwd: string, args: readonly string[], timeout?: number): Promise<{ stdout: string }>;
}

/** Gives the tests of a file a folder for programs, and an S3 server with the data that the documentation names. */
export function usePrograms(root: string): Programs {
  let folder = '';
  let server: S3Server;
  beforeAll(async () => {
    mkdirSync(join(root, '.tmp'), { recursive: true });
    folder = mkdtempSync(join(root, '.tmp/snippets-'));
    server = await startS3Server({ region: REGION });
    fillBucket(server);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });
  return {
    get folder() {
      return folder;
    },
    write({ page, line, code }, extension) {
      const file = join(folder, `${page.replaceAll('/', '-')}-${line}${extension}`);
      writeFileSync(file, code);
      return file;
    },
    run: (cwd, args, timeout = 25_000) => runNode(cwd, args, timeout, server),
  };
}

/** The algorithm of the documentation. */
const TRAIN = `import json, os

ml = os.environ.get('SAGEMAKER_BASE_DIR', '/opt/ml')


def config(name):
    with open(ml + '/input/config/' + name + '.json') as file:
        return json.load(file)


size = 0
for channel in config('inputdataconfig'):
    for epoch in range(int(config('hyperparameters').get('epochs', 1))):
        with open('%s/input/data/%s_%d' % (ml, channel, epoch), 'rb') as fifo:
            size += len(fifo.read())
with open(ml + '/model/weights.json', 'w') as file:
    json.dump({'bytes': size, 'slope': 3.0}, file)
`;

/** The algorithms that it names. */
const ALGORITHMS = { 'train.py': TRAIN, 'train.sh': '#!/bin/sh\necho 3 > /opt/ml/model/slope\n' };

/** Where a reader of the documentation would try things: a new directory with an algorithm and some data, removed after `use`. */
export async function inExampleDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'snippets-'));
  for (const channel of ['training', 'validation']) {
    mkdirSync(join(directory, 'data', channel), { recursive: true });
    writeFileSync(join(directory, 'data', channel, 'part-0.csv'), '1,2\n3,4\n');
    writeFileSync(join(directory, 'data', channel, 'part-1.csv'), '5,6\n');
  }
  writeFileSync(join(directory, 'data', 'labels.txt'), 'yes\nno\n');
  for (const [name, program] of Object.entries(ALGORITHMS))
    writeFileSync(join(directory, name), program, { mode: 0o755 });
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function fillBucket(server: S3Server): void {
  server.createBucket('my-bucket');
  for (const key of ['train/part-0.csv', 'train/part-1.csv', 'validation/part-0.csv']) {
    server.put('my-bucket', key, '1,2\n3,4\n');
  }
  const manifest = [{ prefix: 's3://my-bucket/train/' }, 'part-1.csv', 'part-0.csv'];
  server.put('my-bucket', 'lists/train.manifest', JSON.stringify(manifest));
  const line = { 'image-ref': 's3://my-bucket/train/part-0.csv', 'is-a-cat': 1 };
  server.put('my-bucket', 'lists/cats.manifest', JSON.stringify(line));
}

function runNode(
  cwd: string,
  args: readonly string[],
  timeout: number,
  server: S3Server,
): Promise<{ stdout: string }> {
  const { accessKeyId, secretAccessKey } = server.clientConfig.credentials;
  const env = {
    ...process.env,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    NODE_NO_WARNINGS: '1', // the AWS SDK's about Node 20
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env, timeout }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve({ stdout });
    });
  });
}
