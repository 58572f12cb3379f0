import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { check, expected } from './expected.js';
import { isS3, s3FormOf } from './s3-form.js';

const LOCAL_ONLY =
  'FIFOs and files are made on this machine: pass a local path or a file:// URL. If the name of a directory looks like ' +
  'a URL, begin its path with "./".';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** The text of a `URL` of any realm: that of jsdom, in Jest, is another one. `undefined` if it is none, or one that throws. */
export function urlText(value: unknown): string | undefined {
  try {
    if (Object.prototype.toString.call(value) !== '[object URL]') return undefined;
    const { href } = value as URL;
    return typeof href === 'string' ? href : undefined;
  } catch {
    return undefined; // whoever checks it will say so
  }
}

/** What a `URL` of S3 has to be. */
export const UNENCODED = {
  rule: 'an s3:// URL without "%"',
  advice: 'A `URL` encodes some characters, and a prefix is taken literally: pass the string instead.',
};

/** A `%` in a `URL` of S3 may have been a space, or have been a `%`: keys are literal, so nobody can tell. */
export function isEncoded(url: string): boolean {
  return /^s3:/i.test(url) && url.includes('%');
}

/**
 * A location as text: a `URL` as its string, everything else as it is.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function locationText(option: string, location: unknown): unknown {
  const text = urlText(location);
  if (text === undefined) return location;
  if (isEncoded(text)) throw expected(option, UNENCODED.rule, text, { advice: UNENCODED.advice });
  return text;
}

/**
 * The absolute path of a directory of this machine, given as a path or as a `file://` URL, a string or a `URL`. Without
 * a look at its scheme `s3://bucket/x` would become a directory `s3:` below the working directory.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function resolveDirectory(option: string, directory: unknown): string {
  const rule = 'the path of a directory';
  const given = locationText(option, directory) as string;
  check(option, rule, given, isPath);
  if (isS3(given) || isForeign(given)) throw expected(option, rule, given, { advice: LOCAL_ONLY });
  return resolve(pathOf(option, given));
}

/**
 * The absolute path of a file or a directory of this machine that is to be read, given as a path or as a `file://` URL, a
 * string or a `URL`.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function resolveLocal(option: string, location: unknown): string {
  const rule = 'the path of a file or a directory';
  const given = locationText(option, location) as string;
  check(option, rule, given, isPath);
  if (isS3(given) || isForeign(given)) throw expected(option, rule, given, { advice: notRead(given) });
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

function notRead(location: string): string {
  const uri = s3FormOf(location);
  const what = uri === undefined ? 's3:// URIs' : `"${uri}"`;
  return `What can be read is on this machine or in S3: for ${what} there is s3Source(uri).`;
}

/** Whether it is a URL of something that nobody here can read. */
export function isForeign(location: string): boolean {
  return SCHEME.test(location) && !/^file:/i.test(location);
}
