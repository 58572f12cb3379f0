import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { Command } from './command.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

async function outcome(args: readonly string[]) {
  await using command = new Command(args);
  const status = await command.status();
  return { status, stdout: command.stdout.text, stderr: command.stderr.text };
}

test.each<readonly [string, RegExp]>([
  ['chanel', /unknown command 'chanel'\n\(Did you mean channel\?\)/],
  ['channel', /missing required argument 'CHANNEL_NAME'/],
  ['channel train ./data', /missing required argument 'DEST'/],
  ['channel train ./data /tmp/x more', /too many arguments/],
  ['channel train ./data /tmp/x --epoch 3', /unknown option '--epoch'\n\(Did you mean --epochs\?\)/],
  ['channel train ./data /tmp/x --epochs', /argument missing/],
  ...['0', '-1', '1.5', '1e3', '0x10', '03', 'three', '9007199254740993'].map(
    (epochs) =>
      [`channel train ./data /tmp/x --epochs ${epochs}`, /Expected a whole number from 1 up/] as const,
  ),
  ['channel tr/ain ./data /tmp/x', /1 to 64 of the characters .* \(INVALID_CHANNEL_NAME\)/],
  ['channel train s3:/// /tmp/x', /\(S3_INVALID_URI\)/],
  ['channel train https://b1.s3.amazonaws.com/x /tmp/x', /Use "s3:\/\/b1\/x"\. .* \(S3_INVALID_URI\)/],
  ['channel train arn:aws:s3:::b1/x /tmp/x', /Use "s3:\/\/b1\/x"\. .* \(S3_INVALID_URI\)/],
  ['channel train s3://b1 arn:aws:s3:::b1/x', /`dest` .* \(INVALID_OPTION\)/],
  ['channel train s3://b1 /tmp/x --request-payer owner', /Allowed choices are requester/],
  ['help chan', /unknown command 'chan'\n\(Did you mean channel\?\)/],
  ['help xyz', /unknown command 'xyz'/],
  ['channel train ./data /tmp/x --shuffle abc', /Expected an integer/],
  ['channel train ./data /tmp/x --shuffle 9223372036854775808', /`shuffle.seed`.*\(INVALID_OPTION\)/],
  ...['2/2', '0', '1/0', '-1/2', 'a/b'].map(
    (shard) => [`channel train ./data /tmp/x --shard=${shard}`, /0\/4 is the first of four/] as const,
  ),
  ...['1000', '64MB', '1.5MiB', 'x'].map(
    (size) => [`channel train ./data /tmp/x --prefetch-bytes ${size}`, /from 1 MiB up/] as const,
  ),
  ...['0', 'x', '1m', '1e3'].map(
    (time) => [`channel train ./data /tmp/x --open-timeout ${time}`, /a number of seconds/] as const,
  ),
  ['channel train ./data /tmp/x --input-mode pipe', /Allowed choices are Pipe, File, FastFile/],
  ['channel train ./data /tmp/x --input-mode File -x', /\(PIPE_MODE_ONLY\)/],
  ['channel train ./m /tmp/x --manifest --augmented-manifest a', /cannot be used with/],
  ['channel train ./m /tmp/x --augmented-manifest a,,b', /names with commas/],
  ['agent s3://bucket/data /tmp/x', /Expected a local directory/],
  ['agent arn:aws:s3:::bucket/data /tmp/x', /Expected a local directory/],
  ['agent ./data /tmp/x --request-payer requester', /unknown option '--request-payer'/],
  ['serv model.yaml', /unknown command 'serv'\n\(Did you mean serve\?\)/],
  ['serve model.yaml --prt 8081', /unknown option '--prt'\n\(Did you mean --port\?\)/],
  ['serve model.yaml more', /too many arguments/],
  ['serve no-such-file.yaml -- true', /no-such-file\.yaml cannot be read/],
  ['serve --instances 0 -- true', /Expected a whole number from 1 up/],
  ['serve --port 8080 --host not:an:address -- true', /`?--host`? .*\(INVALID_OPTION\)/],
  ...['65536', 'x', '-1', '8080.5'].map((port) => [`serve --port=${port} -- true`, /0 to 65535/] as const),
  ['invoke', /missing required argument 'PAYLOAD_FILE'/],
  ['invoke a --url localhost:8080', /Expected a URL, such as http:\/\/127\.0\.0\.1:8080/],
  ['invoke a --url http://localhost:8080 --port 8080', /cannot be used with/],
])('%s: wrong usage', async (line, message) => {
  const { status, stdout, stderr } = await outcome(line.split(' '));

  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^sagemaker-pipe: /);
  expect(stderr).toMatch(message);
});

test('without a command: help on stderr', async () => {
  expect(await outcome([])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Usage: /),
  });
});

test('--version', async () => {
  expect(await outcome(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  '--help',
  'help',
  'channel --help',
  'agent --help',
  'input-data-config --help',
  'serve --help',
  'invoke --help',
  'help channel',
])('%s: examples and exit statuses, within 80 columns', async (line) => {
  const { status, stdout, stderr } = await outcome(line.split(' '));

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/Examples:\n[^]*\$ sagemaker-pipe [^]*Exit status:\n/);
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});
