import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { loadSdk } from './sdk.js';

/**
 * More than ever are in use at a time: how many requests run at once is for those to say who open bodies. If
 * the agent limited it too, an object could wait for a socket that is held by one which comes after it.
 */
const MAX_SOCKETS = 256;
const MAX_IDLE_SOCKETS = 32;

/**
 * Makes a client with what streaming needs, as far as `config` does not say otherwise.
 *
 * Of libuv's thread pool it needs only what looks up the endpoint's name (`getaddrinfo`), once per connection: one
 * more reason to keep connections.
 */
export function makeClient(config: S3ClientConfig): S3Client {
  const { S3Client } = loadSdk();
  return new S3Client({ ...defaultsFor(config), ...definedOf(config) });
}

function defaultsFor(config: S3ClientConfig): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_IDLE_SOCKETS };
  return {
    requestHandler: { httpAgent: agent, httpsAgent: agent },
    // A checksum covers a whole object. We count bytes, compare ETags and continue in the middle.
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(saysHowToRetry(config) ? {} : { maxAttempts: 1 }),
    ...(hasCustomEndpoint(config) ? customEndpointDefaults(config) : {}),
  };
}

// The SDK's own retries wait on timers that an abort does not clear, and know nothing of the byte where a
// body broke; so ours are the only ones, unless somebody asks for theirs.
function saysHowToRetry({ maxAttempts, retryMode, retryStrategy }: S3ClientConfig): boolean {
  return maxAttempts !== undefined || retryMode !== undefined || retryStrategy !== undefined;
}

function hasCustomEndpoint(config: S3ClientConfig): boolean {
  if (config.endpoint !== undefined) return true;
  const { env } = process;
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return false;
  return Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']);
}

// Local servers have no host name per bucket, and do not care about the region, but a signature has to name
// one. A profile that was chosen may say which; otherwise the SDK would go and ask EC2's metadata service.
function customEndpointDefaults(config: S3ClientConfig): S3ClientConfig {
  const { env } = process;
  const regionKnown = config.profile ?? env['AWS_PROFILE'] ?? env['AWS_REGION'];
  return { forcePathStyle: true, ...(regionKnown ? {} : { region: 'us-east-1' }) };
}

// `{ region: undefined }` means that nothing is said about the region.
function definedOf(config: S3ClientConfig): S3ClientConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}
