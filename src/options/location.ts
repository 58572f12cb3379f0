import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { check, expected } from './expected.js';

const LOCAL_ONLY =
  'FIFOs and files are made on this machine: pass a local path or a file:// URL. If the name of a directory looks like ' +
  'a URL, begin its path with "./".';

const NOT_READ = 'What can be read is on this machine or in S3: for s3:// URIs there is s3Source(uri).';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Whether it is meant to be in S3, also if it is no correct URI. */
export function isS3(location: string): boolean {
  return /^s3:/i.test(location);
}

/**
 * The absolute path of a directory of this machine, given as a path or as a `file://` URL. Without a look at its scheme
 * `s3://bucket/x` would become a directory `s3:` below the working directory.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function resolveDirectory(option: string, directory: unknown): string {
  const rule = 'the path of a directory';
  check(option, rule, directory, isPath);
  const given = directory as string;
  if (isS3(given) || isForeign(given)) throw expected(option, rule, given, { advice: LOCAL_ONLY });
  return resolve(pathOf(option, given));
}

/**
 * The absolute path of a file or a directory of this machine that is to be read, given as a path or as a `file://` URL.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function resolveLocal(option: string, location: unknown): string {
  const rule = 'the path of a file or a directory';
  check(option, rule, location, isPath);
  const given = location as string;
  if (isS3(given) || isForeign(given)) throw expected(option, rule, given, { advice: NOT_READ });
  return resolve(pathOf(option, given));
}

/**
 * A path as it is; of a `file://` URL its path.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function pathOf(option: string, location: string): string {
  if (!/^file:/i.test(location)) return location;
  const path = pathOfUrl(location);
  if (path !== undefined) return path;
  const rule = 'a file:// URL with an absolute path, such as file:///data/train';
  const advice = 'In a URL, write "#" as %23, "?" as %3F and "%" as %25; or pass the path itself.';
  throw expected(option, rule, location, { advice });
}

/** Not of `file:data`, which is no relative path but `/data`; and a name with a `#` would be cut off there. */
function pathOfUrl(location: string): string | undefined {
  if (!/^file:\/\/[^?#]*$/i.test(location)) return undefined;
  try {
    const path = fileURLToPath(location);
    return isPath(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it can be the path of something: no system call takes a NUL. */
export function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

/** Whether it is one that does not depend on the working directory. */
export function isAbsolutePath(value: unknown): boolean {
  return isPath(value) && isAbsolute(value);
}

/** Whether it is a URL of something that nobody here can read. */
export function isForeign(location: string): boolean {
  return SCHEME.test(location) && !/^file:/i.test(location);
}
