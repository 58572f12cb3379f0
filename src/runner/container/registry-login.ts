import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { configDirectory } from './engine-address.js';

/** What `docker login` has written. */
interface LoginConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** How an engine is to show itself to a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** What Docker calls its own registry in its files. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** As long as a program that keeps logins may take, in milliseconds. */
const HELPER_TIMEOUT_MS = 30_000;

/** What `docker login`, or one of its helpers, knows for the registry of an image; `undefined` if it knows nothing. */
export async function registryLogin(image: string): Promise<RegistryLogin | undefined> {
  const config = readConfig();
  const registry = registryOf(image);
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  const kept = helper === undefined ? undefined : await askHelper(helper, registry);
  return kept ?? loginIn(config, registry);
}

/** The first part of a name is a registry if it could be no part of a path. */
function registryOf(image: string): string {
  const [first, ...more] = image.split('/');
  return more.length > 0 && /[.:]|^localhost$/.test(first!) ? first! : DOCKER_HUB;
}

function loginIn({ auths = {} }: LoginConfig, registry: string): RegistryLogin | undefined {
  const entry = auths[registry] ?? auths[`https://${registry}`];
  if (!entry?.auth) return undefined;
  const [username, ...password] = Buffer.from(entry.auth, 'base64').toString().split(':');
  return { username: username!, password: password.join(':'), serveraddress: registry };
}

/** Its input is a registry, its output JSON. */
async function askHelper(name: string, registry: string): Promise<RegistryLogin | undefined> {
  const said = await new Promise<string>((resolve) => {
    const child = execFile(
      `docker-credential-${name}`,
      ['get'],
      { timeout: HELPER_TIMEOUT_MS },
      (error, stdout) => resolve(error === null ? stdout : ''), // it knows nothing, or is not there
    );
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(registry);
  });
  if (said === '') return undefined;
  const { Username: username, Secret: password } = JSON.parse(said) as { Username: string; Secret: string };
  return { username, password, serveraddress: registry };
}

function readConfig(): LoginConfig {
  try {
    return JSON.parse(readFileSync(join(configDirectory(), 'config.json'), 'utf8')) as LoginConfig;
  } catch {
    return {}; // nobody has logged in
  }
}
