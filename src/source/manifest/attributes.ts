import { PartsBody } from '../../body/parts-body.js';
import type { PipeModeError } from '../../errors.js';
import { isS3 } from '../../options/s3-form.js';
import type { Connection } from '../s3/connection.js';
import type { SourceObject } from '../source.js';
import type { Line } from './lines.js';
import { type Location, type ManifestAccess, objectLocation, parsePath } from './location.js';
import { type EntryLocation, invalidEntry, localFileRefused, quote } from './manifest-errors.js';
import { memberText } from './member-text.js';
import { wrongEncoding } from './read-whole.js';
import { referencedObject } from './referenced.js';

/** What the lines of an augmented manifest are read with. */
export interface AttributeReader extends ManifestAccess {
  /** What the manifest is called in the keys of its values. */
  readonly name: string;
  readonly attributeNames: readonly string[];
  readonly connection: Connection;
}

/**
 * The objects of a line: its listed attributes, in the order of the list.
 *
 * @throws {@link PipeModeError} `MANIFEST_ENTRY_INVALID`
 */
export function objectsOfLine(line: Line, reader: AttributeReader): SourceObject[] {
  const place = { manifest: reader.manifest, entry: line.number };
  const text = decode(line, place);
  const attributes = parseLine(text, place);
  return reader.attributeNames.map((name) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (value === undefined || value === null) throw invalidEntry(place, missing(name, value, attributes));
    if (name.endsWith('-ref')) {
      if (typeof value !== 'string' || value === '') throw noReference(memberText(text, name), name, place);
      const attribute = { ...place, attribute: name };
      return referencedObject(referenceOf(value, name, place, reader), attribute, reader.connection);
    }
    const sent = typeof value === 'string' ? checkString(value, name, place) : memberText(text, name);
    return valueObject(`${reader.name}:${line.number}:${name}`, Buffer.from(sent));
  });
}

function decode({ source, start, end }: Line, place: EntryLocation): string {
  const text = source.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text; // which stands for what is not UTF-8, and may also be in the text
  const encoding = wrongEncoding(Buffer.from(source.subarray(start, end))); // memory that is shared cannot be looked at
  if (encoding) throw invalidEntry(place, `is ${encoding}. Save the manifest as UTF-8.`);
  return text;
}

function parseLine(text: string, place: EntryLocation): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw invalidEntry(place, `is not JSON (${message}): ${quote(text)}. ${SHAPE}`, error);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Record<string, unknown>;
  }
  throw invalidEntry(place, `is not a JSON object: ${quote(text)}. ${SHAPE}`);
}

function missing(name: string, value: null | undefined, attributes: Record<string, unknown>): string {
  const has = Object.keys(attributes).slice(0, 20).map(quote).join(', ') || 'none';
  const how =
    value === null ? `has null for the attribute ${quote(name)}` : `has no attribute ${quote(name)}`;
  return `${how}, which AttributeNames lists. Its attributes are ${has}. Every line needs every listed attribute.`;
}

function referenceOf(
  value: string,
  name: string,
  place: EntryLocation,
  { manifest, allowsFiles }: ManifestAccess,
): Location {
  if (isS3(value)) return s3Reference(value, name, place);
  if (!allowsFiles) throw localFileRefused(place, `${quote(value)} for ${quote(name)}`);
  const path = parsePath(value, manifest);
  if (path !== undefined) return { kind: 'file', path };
  throw noReference(value, name, place);
}

function noReference(value: string, name: string, place: EntryLocation): PipeModeError {
  return invalidEntry(place, `has ${quote(value)} for ${quote(name)}. ${REFERENCE}`);
}

function s3Reference(uri: string, name: string, place: EntryLocation): Location {
  try {
    return objectLocation(uri);
  } catch (error) {
    throw invalidEntry(
      place,
      `has a wrong URI for ${quote(name)}: ${(error as PipeModeError).message}`,
      error,
    );
  }
}

function valueObject(key: string, bytes: Uint8Array): SourceObject {
  return { key, size: bytes.length, compressed: false, open: () => new PartsBody([bytes]) };
}

/** Half of a surrogate pair, which JSON can name and UTF-8 cannot hold, would become another character. */
function checkString(value: string, name: string, place: EntryLocation): string {
  if (!/\p{Surrogate}/u.test(value)) return value;
  throw invalidEntry(
    place,
    `has a character in ${quote(name)} that UTF-8 cannot hold: half of a surrogate pair.`,
  );
}

const SHAPE = 'Expected one JSON object per line: {"ATTRIBUTE": VALUE, …}.';
const REFERENCE =
  'The value of an attribute whose name ends in "-ref" has to be an s3:// URI, a file:// URL with an absolute path, or ' +
  'a path (absolute, if the manifest is in S3).';
