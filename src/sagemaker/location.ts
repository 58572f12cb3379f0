import { resolve } from 'node:path';

import {
  isEncoded,
  isForeign,
  isPath,
  locationText,
  pathOf,
  resolveLocal,
  UNENCODED,
  urlText,
} from '../options/location.js';
import { isS3, s3FormOf } from '../options/s3-form.js';
import { parseS3Uri } from '../source/s3/uri.js';
import { checkScalar, type Violation } from './check-scalar.js';
import { SHAPES } from './shapes.js';
import type { ReadScalar } from './validate.js';

/** What has been read: where a `URL` may stand, there is its text. */
export type AsText<T> = T extends URL
  ? never
  : T extends string
    ? T
    : T extends readonly (infer Element)[]
      ? readonly AsText<Element>[]
      : T extends object
        ? { readonly [Member in keyof T]: AsText<T[Member]> }
        : T;

type Read = { readonly value: string } | Violation;

/** What AWS's requests call an `S3Uri` is in S3, or here on this machine: its text, if something can be found there. */
export function readLocation(value: unknown): Read {
  const result = readForm(value);
  return 'value' in result ? (wrongPlace(result.value) ?? result) : result;
}

/** The text of what looks like the one or the other. */
function readForm(value: unknown): Read {
  const url = urlText(value);
  if (url !== undefined && isEncoded(url)) return UNENCODED;
  const text = url ?? value;
  const rule = 's3://BUCKET/KEY; here also a file:// URL or a path';
  if (typeof text !== 'string' || (isForeign(text) && !isS3(text))) return { rule };
  if (isS3(text)) return checkScalar(LENGTH_ONLY, text) ?? { value: text };
  return isPath(text) ? { value: text } : { rule };
}

/** The API's limit, which holds in S3 only. */
const LENGTH_ONLY = { type: 'string', max: SHAPES.S3Uri.max } as const;

/** What is wrong with something that looks right. */
function wrongPlace(location: string): Violation | undefined {
  if (!isS3(location)) {
    const rule = 'a file:// URL with an absolute path, such as file:///data/train';
    return isLocal(location) ? undefined : { rule };
  }
  if (succeeds(() => parseS3Uri(location))) return undefined;
  return { rule: 's3://BUCKET/KEY, with the name of a bucket', advice: useS3Form(location) ?? NAMES };
}

const NAMES = "A bucket's name has 3 to 63 characters.";

/**
 * Throws what {@link parseS3Uri} and others throw about a location that a source cannot have, with a code of their own.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `S3_INVALID_URI`
 */
export function checkLocation(option: string, value: unknown): void {
  const result = readForm(locationText(option, value));
  if (!('value' in result)) return;
  if (isS3(result.value)) parseS3Uri(result.value);
  else resolveLocal(option, result.value);
}

/** What can be found, with paths made absolute: they are relative to `baseDir`. */
export function locationReader(baseDir: string): ReadScalar {
  return (value) => {
    const result = readLocation(value);
    if (!('value' in result) || isS3(result.value)) return result;
    return { value: absolute(result.value, baseDir) };
  };
}

/** What AWS takes, and can be found. */
export const readStrictLocation: ReadScalar = (value) => {
  const violation = checkScalar(SHAPES.S3Uri, value);
  if (violation !== undefined) return { ...violation, advice: violation.advice ?? useS3Form(value) };
  if (isS3(value as string)) return wrongPlace(value as string) ?? { value };
  return { rule: 's3://BUCKET/KEY', advice: 'AWS takes https:// too, but that cannot be read here.' };
};

/** What names something in S3 in another way than `s3://` has a form that does. */
function useS3Form(location: unknown): string | undefined {
  const form = typeof location === 'string' ? s3FormOf(location) : undefined;
  return form === undefined ? undefined : `Use "${form}".`;
}

/** The directory of a file system may be a `URL`. Those of containers, which have the same shape, are paths. */
export const readDirectory: ReadScalar = (value, path) => {
  const text = path.endsWith('.DirectoryPath') ? (urlText(value) ?? value) : value;
  return checkScalar(SHAPES.DirectoryPath, text) ?? { value: text };
};

/** Whether something of this machine can be found there. */
export function isLocal(location: string): boolean {
  const isRemote = isS3(location) || isForeign(location);
  return isPath(location) && !isRemote && succeeds(() => pathOf('location', location));
}

/** A path, or a `file://` URL, as an absolute path. */
export function absolute(location: string, baseDir: string): string {
  return resolve(baseDir, pathOf('location', location));
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
