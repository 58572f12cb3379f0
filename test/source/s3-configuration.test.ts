import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { s3Source } from '../../src/source/s3/s3-source.js';
import { stubAwsEnvironment } from '../support/aws-environment.js';
import { captureRequests } from '../support/captured-request.js';
import { rejection } from '../support/expected-errors.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { contextOf, keysOf } from './source-helpers.js';

const scratch = useScratch();
const credentials = { accessKeyId: 'test', secretAccessKey: 'testing' };
const keys = 'aws_access_key_id = test\naws_secret_access_key = testing\n';

/** The environment and the files of AWS of one test. */
function configure(
  environment: Record<string, string>,
  files: { config?: string | undefined; credentials?: string | undefined } = {},
) {
  scratch.files({ config: files.config ?? '', credentials: files.credentials ?? '' });
  stubAwsEnvironment({
    AWS_CONFIG_FILE: scratch.path('config'),
    AWS_SHARED_CREDENTIALS_FILE: scratch.path('credentials'),
    ...environment,
  });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Every way to say an endpoint of one's own, and what it is called. */
const WAYS = [
  { way: 'AWS_ENDPOINT_URL_S3', environment: (url: string) => ({ AWS_ENDPOINT_URL_S3: url }) },
  { way: 'AWS_ENDPOINT_URL', environment: (url: string) => ({ AWS_ENDPOINT_URL: url }) },
  { way: '`s3: { endpoint }`', s3: (endpoint: string) => ({ endpoint }) },
  {
    way: 'the profile "default" (endpoint_url in CONFIG)',
    config: (url: string) => `[default]\nendpoint_url = ${url}\n`,
  },
  {
    way: 'the profile "local" (endpoint_url in CONFIG)',
    environment: () => ({ AWS_PROFILE: 'local' }),
    config: (url: string) => `[profile local]\nendpoint_url = ${url}\n`,
  },
  {
    way: 'the profile "local" (endpoint_url in CREDENTIALS)',
    environment: () => ({ AWS_PROFILE: 'local' }),
    credentials: (url: string) => `[local]\nendpoint_url = ${url}\n${keys}`,
  },
  {
    way: 'the profile "both" (endpoint_url in CONFIG)',
    environment: () => ({ AWS_PROFILE: 'both' }),
    config: (url: string) =>
      `[profile both]\nservices = mine\nendpoint_url = http://127.0.0.1:1\n` +
      `[services mine]\nsqs =\n  endpoint_url = http://127.0.0.1:2\ns3 =\n  endpoint_url = ${url}\n`,
  },
  {
    way: 'the profile "chosen" (endpoint_url in CONFIG)',
    s3: () => ({ profile: 'chosen' }),
    config: (url: string) => `[profile chosen]\nendpoint_url = ${url}\n`,
  },
];

describe.each(WAYS)('an endpoint of $way', ({ way, environment, s3, ...files }) => {
  const sourceOf = (url: string) => {
    configure(environment?.(url) ?? {}, {
      config: files.config?.(url),
      credentials: files.credentials?.(url),
    });
    return s3Source('s3://bucket/', { s3: { credentials, ...s3?.(url) } });
  };

  test('addresses buckets by path, in us-east-1 if nobody says another region', async () => {
    await using server = await startS3Server();
    server.createBucket('bucket');
    server.put('bucket', 'key', 'x');
    const source = sourceOf(server.endpoint);
    expect(await keysOf(source)).toEqual(['key']);
    await source.close?.();
  });

  test('is named if nobody answers there', async () => {
    const endpoint = 'http://127.0.0.1:1'; // a port that nobody gets by chance
    const source = sourceOf(endpoint);
    const error = await rejection(source.check?.(contextOf()));
    await source.close?.();
    const setBy = way
      .replace('CONFIG', scratch.path('config'))
      .replace('CREDENTIALS', scratch.path('credentials'));
    expect(error.code).toBe('S3_UNREACHABLE');
    expect(error.message).toContain(`There is no response from ${endpoint}, the endpoint of ${setBy}.`);
    expect(error.message).toContain('Check that a server runs there');
    expect(error.message).not.toContain('region');
  });

  test('is named if it is no URL', async () => {
    const error = await rejection(sourceOf('localhost:9000').check?.(contextOf()));
    expect(error.code).toBe('S3_UNREACHABLE');
    expect(error.message).toMatch(
      /^The endpoint "localhost:9000" of .* is not a URL. Expected http:\/\/HOST/,
    );
  });
});

describe('an endpoint of one’s own', () => {
  const { requests, requestHandler } = captureRequests();
  beforeEach(() => {
    requests.length = 0;
  });
  const send = async (s3: object) => {
    const source = s3Source('s3://bucket/x', { s3: { credentials, requestHandler, ...s3 } });
    await rejection(source.check?.(contextOf())); // there is nothing
    await source.close?.();
    const [{ hostname, path, headers }] = requests as [(typeof requests)[0]];
    return { hostname, path, region: /\/\d{8}\/([\w-]+)\/s3\//.exec(headers['authorization'] ?? '')?.[1] };
  };
  const config = '[profile local]\nendpoint_url = http://host.test:9000\nregion = eu-central-1\n';

  test('leaves the region to the profile', async () => {
    configure({ AWS_PROFILE: 'local' }, { config });
    expect(await send({})).toEqual({ hostname: 'host.test', path: '/bucket/', region: 'eu-central-1' });
  });

  test('leaves addressing and the region to the options', async () => {
    configure({ AWS_PROFILE: 'local' }, { config });
    const hostname = 'bucket.host.test';
    expect(await send({ forcePathStyle: false, region: 'eu-west-1' })).toEqual({
      hostname,
      path: '/',
      region: 'eu-west-1',
    });
  });

  test.each([
    [{ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, config],
    [{}, config.replace('\n', '\nignore_configured_endpoint_urls = true\n')],
    [{}, config.replace('endpoint_url', 'services = none\n#')],
  ])('is not used if %o, or the profile, says so', async (environment, file) => {
    configure({ AWS_PROFILE: 'local', ...environment }, { config: file });
    const hostname = 'bucket.s3.eu-central-1.amazonaws.com';
    expect(await send({})).toEqual({ hostname, path: '/', region: 'eu-central-1' });
  });
});

describe('an endpoint without an answer', () => {
  const failing = (code: string, config: object) =>
    new S3Client({
      credentials,
      region: 'eu-central-1',
      requestHandler: { handle: () => Promise.reject(Object.assign(new Error(code), { code })) } as never,
      maxAttempts: 1,
      ...config,
    });
  const own = { endpoint: 'https://host.test' };

  test.each([
    ['ENOTFOUND', own, 'https://host.test, the endpoint of `s3: { endpoint }`. Its host name is not known'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', own, 'Its certificate is not trusted: NODE_EXTRA_CA_CERTS'],
    ['EPROTO', own, 'check whether it is http:// or https://'],
    [
      'ENOTFOUND',
      {},
      'S3 in the region eu-central-1. Check the network, a proxy or firewall, and the name of the',
    ],
  ])('(%s, %o) is told with what to check', async (code, config, text) => {
    configure({});
    const client = failing(code, config);
    const error = await rejection(s3Source('s3://bucket/x', { s3: client }).check?.(contextOf()));
    client.destroy();
    expect(error.code).toBe('S3_UNREACHABLE');
    expect(error.message).toContain(text);
  });

  test('of a client of one’s own is the one that the environment gives it', async () => {
    configure({ AWS_ENDPOINT_URL: 'http://host.test:9000' });
    const client = failing('ECONNREFUSED', {});
    const error = await rejection(s3Source('s3://bucket/x', { s3: client }).check?.(contextOf()));
    client.destroy();
    expect(error.message).toContain(
      'no response from http://host.test:9000, the endpoint of AWS_ENDPOINT_URL.',
    );
  });
});

describe('a profile that is not there', () => {
  const config = `[profile other]\nregion = eu-central-1\n[nope]\n${keys}`; // without "profile" it is none
  const looked = () =>
    `neither [profile nope] in ${scratch.path('config')} nor [nope] in ${scratch.path('credentials')}`;

  test.each([
    ['AWS_PROFILE', { AWS_PROFILE: 'nope', AWS_REGION: 'us-east-1' }, {}, 'S3_NO_CREDENTIALS'],
    [
      '`s3: { profile }`',
      { AWS_PROFILE: 'other' },
      { profile: 'nope', region: 'us-east-1' },
      'S3_NO_CREDENTIALS',
    ],
    ['AWS_PROFILE', { AWS_PROFILE: 'nope', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, {}, 'S3_NO_CREDENTIALS'],
    ['AWS_PROFILE', { AWS_PROFILE: 'nope' }, {}, 'S3_NO_REGION'],
  ])('is named, with the files that were looked at: %s, %o, %o', async (setBy, environment, s3, code) => {
    configure(environment, { config });
    const error = await rejection(s3Source('s3://bucket/x', { s3 }).check?.(contextOf()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`There is no profile "nope", which ${setBy} names: ${looked()}.`);
  });

  test('is nothing to speak of if nobody has asked for it', async () => {
    configure({ AWS_REGION: 'us-east-1' });
    const error = await rejection(s3Source('s3://bucket/x').check?.(contextOf()));
    expect(error.code).toBe('S3_NO_CREDENTIALS');
    expect(error.message).not.toContain('There is no profile');
  });
});

describe('no region', () => {
  test('has a code of its own, and every way to set one', async () => {
    configure({ AWS_PROFILE: 'other' }, { config: `[profile other]\n${keys}` });
    const error = await rejection(s3Source('s3://bucket/x').check?.(contextOf()));
    expect(error.code).toBe('S3_NO_REGION');
    expect(error.message).toContain('No region is configured. Set AWS_REGION, or pass `s3: { region }`.');
    expect(error.message).toContain(`Or give the profile "other" a \`region\` in ${scratch.path('config')}.`);
  });

  test('is no region of the AWS CLI either', async () => {
    configure({ AWS_DEFAULT_REGION: 'eu-west-1' });
    const error = await rejection(s3Source('s3://bucket/x', { s3: { credentials } }).check?.(contextOf()));
    expect(error.code).toBe('S3_NO_REGION');
    expect(error.message).toContain('does not look at AWS_DEFAULT_REGION (eu-west-1)');
  });
});
