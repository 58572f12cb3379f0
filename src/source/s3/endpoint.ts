import type { S3Client } from '@aws-sdk/client-s3';

import { environmentVariable, type Profile, readProfile } from './profile.js';

/** An endpoint of one's own, as it was written, and where that was. */
export interface ConfiguredEndpoint {
  readonly url: string;
  readonly setBy: string;
}

/** What sets an endpoint that neither the environment nor the profile has. */
export const ENDPOINT_OPTION = '`s3: { endpoint }`';

/** The endpoint that the environment or the profile says, in the SDK's order of precedence. */
export function configuredEndpoint(profile: Profile): ConfiguredEndpoint | undefined {
  const { settings = {}, s3Settings, name, files } = profile;
  const ignores =
    environmentVariable('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') ?? settings['ignore_configured_endpoint_urls'];
  if (ignores === 'true') return undefined;
  for (const variable of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const url = environmentVariable(variable);
    if (url !== undefined) return { url, setBy: variable };
  }
  const setBy = (file: string) => `the profile "${name}" (endpoint_url in ${file})`;
  if (s3Settings['endpoint_url']) return { url: s3Settings['endpoint_url'], setBy: setBy(files.config) };
  const url = settings['endpoint_url'];
  return url ? { url, setBy: setBy(profile.fileOf('endpoint_url')) } : undefined;
}

/** Where the requests of a client go. */
export interface Destination {
  /** For a message: the endpoint, or S3 itself and the region. */
  readonly name: string;
  /** Where an endpoint of one's own was set; `undefined` if it is AWS's. */
  readonly setBy: string | undefined;
}

/** Where the requests of a client go, be it ours or somebody else's. */
export async function destinationOf(client: S3Client): Promise<Destination> {
  const configured = configuredEndpoint(await profileOf(client));
  const endpoint = await client.config.endpoint?.().catch(() => undefined);
  if (!endpoint && !configured)
    return { name: `S3 in the region ${await regionOf(client)}`, setBy: undefined };
  const name = endpoint ? formatEndpoint(endpoint) : configured!.url;
  const isConfigured = configured !== undefined && withoutSlash(configured.url) === withoutSlash(name);
  return { name, setBy: isConfigured ? configured.setBy : ENDPOINT_OPTION };
}

/** The profile that a client uses. */
export async function profileOf(client: S3Client): Promise<Profile> {
  const { profile } = client.config as { profile?: string };
  return readProfile(profile);
}

/** The region that a client's requests are signed for. */
export async function regionOf(client: S3Client): Promise<string> {
  return client.config.region().catch(() => '(none)');
}

function formatEndpoint(endpoint: {
  protocol: string;
  hostname: string;
  port?: number;
  path?: string;
}): string {
  const { protocol, hostname, port, path = '/' } = endpoint;
  return `${protocol}//${hostname}${port ? `:${port}` : ''}${path === '/' ? '' : path}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
