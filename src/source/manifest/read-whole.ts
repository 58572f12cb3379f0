import { isUtf8 } from 'node:buffer';

import type { Connection } from '../s3/connection.js';
import { type Location, readLocation } from './location.js';
import { invalidManifest } from './manifest-errors.js';

/** The largest `ManifestFile`: about a million entries of ordinary length. It is parsed as a whole. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** The text of a manifest. */
export async function readManifestText(
  manifest: Location,
  connection: Connection,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readLocation(manifest, connection, signal)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_MANIFEST_BYTES) throw tooLarge(manifest);
  }
  return decodeUtf8(Buffer.concat(chunks), manifest);
}

/** A byte order mark, which some editors write, is no part of the text. */
function decodeUtf8(bytes: Buffer, manifest: Location): string {
  const encoding = wrongEncoding(bytes);
  if (encoding) throw invalidManifest(manifest, `is ${encoding}. Save it as UTF-8.`);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

/** What text is written in that is not UTF-8, as far as that can be told; `undefined` if it is UTF-8. */
export function wrongEncoding(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16, not UTF-8';
  if (first === 0x1f && second === 0x8b) return 'compressed with gzip, which manifests may not be';
  return isUtf8(bytes) ? undefined : 'not UTF-8';
}

function tooLarge(manifest: Location) {
  return invalidManifest(
    manifest,
    `has more than ${MAX_MANIFEST_BYTES} bytes (64 MiB), and is held in memory as a whole. ` +
      'Split it over several channels, or use an augmented manifest, which is streamed.',
  );
}
