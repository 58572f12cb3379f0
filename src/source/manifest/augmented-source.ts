import { basename } from 'node:path';

import { check, expected } from '../../options/expected.js';
import { readArgument, readOptions } from '../../options/read-options.js';
import { Connection } from '../s3/connection.js';
import type { Source, SourceIndex, SourceObject } from '../source.js';
import { objectsOfLine } from './attributes.js';
import { LineIndex } from './line-index.js';
import { type Line, readLines } from './lines.js';
import { formatLocation, keyOf, manifestLocation, scanLocation } from './location.js';
import { invalidManifest } from './manifest-errors.js';
import { checkManifestOptions, MANIFEST_OPTIONS, type ManifestOptions } from './options.js';

/** What {@link augmentedManifestSource} sends of every line, and how it reaches S3. */
export interface AugmentedManifestOptions extends ManifestOptions {
  /** The attributes to send, in this order: 1 to 16, as SageMaker's `AttributeNames`. Others are ignored. */
  readonly attributeNames: readonly string[];
}

/**
 * The attributes of the lines of an augmented manifest, line after line: SageMaker's `AugmentedManifestFile`. It is
 * JSON Lines, one JSON object per line. Every listed attribute of a line is one object, and one record with
 * `recordio`:
 * - one whose name ends in `-ref` has the `s3://` URI of an object, or the `file://` URL or path of a file, whose bytes
 *   are sent. A relative path begins where the manifest is. A manifest in S3 may name files only if `allowLocalFiles`
 *   says so. `gunzip` applies to these only;
 * - any other is sent as text: a string as it is, everything else as it is written in the line. `null`, and an attribute
 *   that is not there, is an error.
 *
 * The manifest is streamed anew for every epoch, and may be of any size; a line may have 4 MiB. UTF-8, with or without
 * a byte order mark, and blank lines at its end only. With `shuffle` or `shard` it is read twice, the first time to note
 * where its lines begin, at 8 bytes each; if it is in S3, a temporary file without a name in `os.tmpdir()` has it
 * meanwhile. The key of an object is the whole key or the path, that of a value `MANIFEST:LINE:ATTRIBUTE`.
 *
 * @param uri - `s3://BUCKET/KEY`, a `file://` URL, or a path, of the manifest; also a `URL`.
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `S3_INVALID_URI`; later `SOURCE_NOT_FOUND`,
 * `SOURCE_UNREADABLE`, `SOURCE_EMPTY`, `MANIFEST_ENTRY_INVALID` and `MANIFEST_OBJECT_MISSING`, with the number of the
 * line, `SOURCE_CHANGED`, `TEMPORARY_FILE_FAILED`, and of `S3_…` those of {@link s3Source}.
 *
 * @example
 * ```ts
 * import { augmentedManifestSource, createChannel } from 'sagemaker-pipe-mode';
 *
 * const attributeNames = ['image-ref', 'is-a-cat'];
 * const source = augmentedManifestSource('s3://my-bucket/lists/cats.manifest', { attributeNames });
 * await createChannel({ name: 'training', source, dest: './ml/input/data', recordio: true, epochs: 1 }).start();
 * ```
 */
export function augmentedManifestSource(uri: string | URL, options: AugmentedManifestOptions): Source {
  const manifest = manifestLocation(uri);
  const { attributeNames, s3, requestPayer, allowLocalFiles = false } = checkOptions(options);
  const connection = new Connection({ s3, requestPayer });
  const name = basename(keyOf(manifest));
  const allowsFiles = manifest.kind === 'file' || allowLocalFiles;
  const reader = { manifest, allowsFiles, name, attributeNames, connection };

  const empty = () =>
    invalidManifest(manifest, 'has no line, so there is nothing to stream.', 'SOURCE_EMPTY');

  /** The objects of lines, and what is wrong with one after the objects before it. */
  async function* pagesOf(lines: AsyncIterable<readonly Line[]>): AsyncGenerator<SourceObject[]> {
    for await (const some of lines) {
      const page: SourceObject[] = [];
      try {
        for (const line of some) page.push(...objectsOfLine(line, reader));
      } catch (error) {
        if (page.length > 0) yield page;
        throw error;
      }
      yield page;
    }
  }

  async function* pages(signal: AbortSignal): AsyncGenerator<SourceObject[]> {
    let isEmpty = true;
    for await (const page of pagesOf(readLines(scanLocation(manifest, connection, signal), manifest))) {
      isEmpty = false;
      yield page;
    }
    if (isEmpty) throw empty();
  }

  return {
    description: formatLocation(manifest),
    async check({ signal }) {
      for await (const _ of pages(signal)) return;
    },
    async *objects({ signal }) {
      for await (const page of pages(signal)) yield* page;
    },
    pages: ({ signal }) => pages(signal),
    async index({ signal }): Promise<SourceIndex> {
      const index = await LineIndex.of(manifest, connection, signal);
      if (index.length > 0) {
        return { length: index.length, read: (at) => pagesOf(index.read(at)), close: () => index.close() };
      }
      index.close();
      throw empty();
    },
    close() {
      connection.close();
    },
  };
}

/** The options, with a list of names that is ours. */
function checkOptions(options: AugmentedManifestOptions): AugmentedManifestOptions {
  const { attributeNames, ...access } = readOptions(options, { attributeNames: true, ...MANIFEST_OPTIONS });
  checkManifestOptions(access);
  const rule = 'an array of 1 to 16 names, each of 1 to 256 characters';
  check('attributeNames', rule, attributeNames, Array.isArray);
  const names = readArgument('attributeNames', () => Array.from(attributeNames));
  if (names.length === 0 || names.length > 16) throw expected('attributeNames', rule, attributeNames);
  names.forEach((name, index) => {
    check(`attributeNames[${index}]`, 'a name of 1 to 256 characters', name, isAttributeName);
  });
  return { ...access, attributeNames: names };
}

function isAttributeName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && name.length <= 256;
}
