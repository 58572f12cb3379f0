import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { PipeModeError } from '../../errors.js';
import { configuredEndpoint, ENDPOINT_OPTION } from './endpoint.js';
import { environmentVariable, type Profile, readProfile } from './profile.js';
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
 * Of libuv's thread pool it needs only what reads AWS's files, once per process, and looks up the endpoint's name
 * (`getaddrinfo`), once per connection: one more reason to keep connections.
 *
 * @throws {@link PipeModeError} `S3_UNREACHABLE` for an endpoint that is no URL
 */
export async function makeClient(config: S3ClientConfig): Promise<S3Client> {
  const { S3Client } = loadSdk();
  const given = definedOf(config);
  const profile = await readProfile(given.profile);
  return new S3Client({ ...defaultsFor(given), ...endpointDefaults(given, profile), ...given });
}

function defaultsFor(config: S3ClientConfig): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_IDLE_SOCKETS };
  return {
    requestHandler: { httpAgent: agent, httpsAgent: agent },
    // A checksum covers a whole object. We count bytes, compare ETags and continue in the middle.
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(saysHowToRetry(config) ? {} : { maxAttempts: 1 }),
  };
}

// The SDK's own retries wait on timers that an abort does not clear, and know nothing of the byte where a
// body broke; so ours are the only ones, unless somebody asks for theirs.
function saysHowToRetry({ maxAttempts, retryMode, retryStrategy }: S3ClientConfig): boolean {
  return maxAttempts !== undefined || retryMode !== undefined || retryStrategy !== undefined;
}

/**
 * One rule for an endpoint of one's own, wherever it was set: buckets are addressed by path, for local servers have no
 * host name per bucket; and the region is `us-east-1` if nobody says another, for they do not care, but a signature has
 * to name one. The SDK would look for it in EC2's metadata service, and for the endpoint in another profile than
 * `s3: { profile }`.
 */
function endpointDefaults(config: S3ClientConfig, profile: Profile): S3ClientConfig {
  const configured = config.ignoreConfiguredEndpointUrls ? undefined : configuredEndpoint(profile);
  const endpoint = config.endpoint ?? configured?.url;
  if (endpoint === undefined) return {};
  if (typeof endpoint === 'string') checkUrl(endpoint, config.endpoint ? ENDPOINT_OPTION : configured!.setBy);
  const knowsRegion = environmentVariable('AWS_REGION') ?? profile.settings?.['region'];
  return { endpoint, forcePathStyle: true, ...(knowsRegion ? {} : { region: 'us-east-1' }) };
}

// The SDK says that it "was not a valid URI", and not where it was set.
function checkUrl(endpoint: string, setBy: string): void {
  if (/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint)) return;
  throw new PipeModeError(
    'S3_UNREACHABLE',
    `The endpoint "${endpoint}" of ${setBy} is not a URL. Expected http://HOST:PORT or https://HOST.`,
  );
}

// `{ region: undefined }` means that nothing is said about the region.
function definedOf(config: S3ClientConfig): S3ClientConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}
