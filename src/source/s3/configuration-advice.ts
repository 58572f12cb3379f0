import { destinationOf, profileOf, regionOf } from './endpoint.js';
import { causesOf, type FailedRequest, type Failure } from './failed-request.js';
import { missingProfile } from './profile.js';

/** What the SDK says if nobody has said which region. */
export const REGION_IS_MISSING = 'Region is missing';

const SET_REGION = 'Set AWS_REGION, or pass `s3: { region }`.';

/** What to do if no region is configured. */
export async function noRegionAdvice({ access: { client } }: Failure): Promise<string> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const profile = await profileOf(client);
  const missing = missingProfile(profile);
  const said = ['No region is configured.'];
  if (missing !== undefined) said.push(missing);
  if (AWS_DEFAULT_REGION && !AWS_REGION)
    said.push(`The AWS SDK for JavaScript does not look at AWS_DEFAULT_REGION (${AWS_DEFAULT_REGION}).`);
  said.push(SET_REGION);
  if (missing === undefined)
    said.push(`Or give the profile "${profile.name}" a \`region\` in ${profile.files.config}.`);
  return said.join(' ');
}

/** What to do about a request that went to the wrong region. */
export async function regionAdvice(
  { Region, $response }: FailedRequest,
  { bucket, access: { client } }: Failure,
): Promise<string> {
  const expected = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  const there = expected
    ? `The bucket "${bucket}" is in ${expected}`
    : `The bucket "${bucket}" is in another region`;
  return `${there}, the request went to ${await regionOf(client)}. ${SET_REGION}`;
}

/** What to do if there are no credentials. */
export async function noCredentialsAdvice({ access: { client } }: Failure): Promise<string> {
  const missing = missingProfile(await profileOf(client));
  const set =
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or pass `s3: { credentials }`.';
  return ['No credentials were found.', ...(missing === undefined ? [] : [missing]), set].join(' ');
}

/** What to do if there is no response. */
export async function unreachableAdvice(error: unknown, { access: { client } }: Failure): Promise<string> {
  const { name, setBy } = await destinationOf(client);
  const advice = unreachableReason(error, setBy !== undefined);
  if (setBy === undefined) return `There is no response from ${name}. ${advice}`;
  return `There is no response from ${name}, the endpoint of ${setBy}. ${advice}`;
}

const UNTRUSTED = /^(ERR_TLS|CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/;

/** Whether a server's certificate was not accepted. */
export function isUntrusted({ code = '' }: FailedRequest): boolean {
  return UNTRUSTED.test(code);
}

function unreachableReason(error: unknown, isOwn: boolean): string {
  const causes = causesOf(error);
  const has = (...codes: string[]) => causes.some(({ code = '' }) => codes.includes(code));
  if (causes.some(isUntrusted))
    return 'Its certificate is not trusted: NODE_EXTRA_CA_CERTS names a file of more authorities.';
  if (!isOwn) return 'Check the network, a proxy or firewall, and the name of the region.';
  if (has('EPROTO')) return 'It does not answer as TLS does: check whether it is http:// or https://.';
  if (has('ENOTFOUND', 'EAI_AGAIN'))
    return 'Its host name is not known: check how it is written, and the network.';
  return 'Check that a server runs there, and that host and port are right.';
}
