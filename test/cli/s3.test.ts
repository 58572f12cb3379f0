import { expect, test } from 'vitest';

import { sha256 } from '../support/bytes.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { read } from './reader.js';

const scratch = useScratch();

/** The environment of somebody who uses a server of their own, with nothing else set. */
function environmentOf(endpoint: string): NodeJS.ProcessEnv {
  return {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'testing',
  };
}

test('streams from a requester-pays bucket', async () => {
  await using server = await startS3Server();
  server.createBucket('paid', { requesterPays: true });
  server.put('paid', 'data/a', 'paid for');
  const { dest } = scratch;
  const args = ['channel', 'train', 's3://paid/data/', dest, '--epochs', '1', '--request-payer', 'requester'];
  await using command = new Command(args, environmentOf(server.endpoint));

  const [epoch] = await read({ dir: dest, channel: 'train', epochs: 1 });

  expect(epoch).toMatchObject({ sha256: sha256(Buffer.from('paid for')) });
  expect(await command.status()).toBe(0);
  expect(command.stderr.text).toBe('');
});

test('says what is wrong with S3 in one line, without what the SDK thinks of this Node', async () => {
  await using server = await startS3Server();
  const args = ['channel', 'train', 's3://missing/data/', scratch.dest];
  await using command = new Command(args, environmentOf(server.endpoint));

  expect(await command.status()).toBe(1);
  expect(command.stderr.lines).toEqual([
    expect.stringMatching(
      /^sagemaker-pipe: Channel "train": Listing s3:\/\/missing\/data\/ failed.* \(S3_NO_SUCH_BUCKET\)$/,
    ),
  ]);
});
