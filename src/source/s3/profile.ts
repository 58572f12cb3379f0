import { join } from 'node:path';

import { requireLater } from '../../require-later.js';

/** The profile of AWS's two files that holds for a client. */
export interface Profile {
  readonly name: string;
  /** Whether it was asked for by its name, and by what: `AWS_PROFILE`, say. */
  readonly chosenBy: string | undefined;
  /** What it says, by the files' names for it; `undefined` if there is no such profile. */
  readonly settings: Settings | undefined;
  /** What its section of `services` says about S3. */
  readonly s3Settings: Settings;
  /** The two files that were looked at, whether or not they are there. */
  readonly files: ProfileFiles;
  /** Which of them has a setting. */
  fileOf(setting: string): string;
}

type Settings = Readonly<Record<string, string | undefined>>;

interface ProfileFiles {
  readonly config: string;
  readonly credentials: string;
}

/**
 * Reads the profile that the SDK would take, by its own parser: what it has read once is not read again.
 *
 * @param chosen - the client's own `profile`
 */
export async function readProfile(chosen: string | undefined): Promise<Profile> {
  const { getHomeDir, loadSharedConfigFiles } = loadParser();
  const fromEnvironment = environmentVariable('AWS_PROFILE');
  const name = chosen ?? fromEnvironment ?? 'default';
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const found = [credentialsFile[name], configFile[name]];
  const settings: Settings = { ...found[0], ...found[1] };
  const files: ProfileFiles = {
    config: environmentVariable('AWS_CONFIG_FILE') ?? join(getHomeDir(), '.aws', 'config'),
    credentials:
      environmentVariable('AWS_SHARED_CREDENTIALS_FILE') ?? join(getHomeDir(), '.aws', 'credentials'),
  };
  return {
    name,
    chosenBy: chosen ? '`s3: { profile }`' : fromEnvironment ? 'AWS_PROFILE' : undefined,
    settings: found.some(Boolean) ? settings : undefined,
    s3Settings: sectionOf(configFile[`services.${settings['services']}`], 's3'),
    files,
    fileOf: (setting) => (found[1]?.[setting] === undefined ? files.credentials : files.config),
  };
}

/** One that is empty is none, as it is to the SDK. */
export function environmentVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function loadParser() {
  return requireLater('@smithy/core/config') as typeof import('@smithy/core/config');
}

/** What is indented below `s3 =`: the parser names it `s3.endpoint_url`. */
function sectionOf(settings: Settings | undefined, name: string): Settings {
  const own = Object.entries(settings ?? {}).filter(([key]) => key.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
}

/** What to say if a profile was asked for that is not there. */
export function missingProfile({ name, chosenBy, settings, files }: Profile): string | undefined {
  if (chosenBy === undefined || settings !== undefined) return undefined;
  return (
    `There is no profile "${name}", which ${chosenBy} names: neither [${name === 'default' ? name : `profile ${name}`}] in ` +
    `${files.config} nor [${name}] in ${files.credentials}. Add it to one of these, or correct ${chosenBy}; ` +
    'AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files.'
  );
}
