import { readOptions } from '../../options/read-options.js';
import { Connection } from '../s3/connection.js';
import type { Source, SourceIndex, SourceObject } from '../source.js';
import { formatLocation, manifestLocation } from './location.js';
import { checkManifestOptions, MANIFEST_OPTIONS, type ManifestOptions } from './options.js';
import { entryLocation, type Manifest, parseManifest } from './parse-manifest.js';
import { readManifestText } from './read-whole.js';
import { referencedObject } from './referenced.js';

const PAGE = 512;

/**
 * The objects that a manifest lists, in the manifest's order: SageMaker's `ManifestFile`. It is a JSON array whose
 * first element has the prefix, and whose other elements are what follows it:
 *
 * ```json
 * [{ "prefix": "s3://bucket/some/prefix/" }, "path/to/data-1", "path/data-2"]
 * ```
 *
 * The prefix may also be a `file://` URL or a path; a relative one begins where the manifest is. In a manifest in S3 it
 * may not, unless `allowLocalFiles` says so. An object's key is the whole key, or the path.
 *
 * The manifest is read anew for every epoch, checked as a whole before its first object is sent (`start()` does so
 * too), and held in memory during the epoch: it may have 64 MiB. UTF-8, with or without a byte order mark. Every
 * entry may stand there once: what SageMaker does about one that is there twice is not public.
 *
 * @param uri - `s3://BUCKET/KEY`, a `file://` URL, or a path, of the manifest; also a `URL`.
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `S3_INVALID_URI`; later `SOURCE_NOT_FOUND`,
 * `SOURCE_UNREADABLE`, `SOURCE_EMPTY`, `MANIFEST_INVALID`, `MANIFEST_ENTRY_INVALID`, `MANIFEST_OBJECT_MISSING`,
 * `SOURCE_CHANGED`, and of `S3_…` those of {@link s3Source}.
 *
 * @example
 * ```ts
 * import { createChannel, manifestSource } from 'sagemaker-pipe-mode';
 *
 * const source = manifestSource('s3://my-bucket/lists/train.manifest');
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export function manifestSource(uri: string | URL, options: ManifestOptions = {}): Source {
  const location = manifestLocation(uri);
  const given = readOptions(options, MANIFEST_OPTIONS);
  checkManifestOptions(given);
  const { s3, requestPayer, allowLocalFiles = false } = given;
  const connection = new Connection({ s3, requestPayer });
  const access = { manifest: location, allowsFiles: location.kind === 'file' || allowLocalFiles };

  const load = async (signal: AbortSignal) =>
    parseManifest(await readManifestText(location, connection, signal), access);

  const objectAt = ({ prefix, suffixes }: Manifest, position: number): SourceObject => {
    const place = { manifest: location, entry: `entry ${position + 1}` };
    const suffix = suffixes[position]!;
    return { ...referencedObject(entryLocation(prefix, suffix), place, connection), path: suffix };
  };

  async function* pages(signal: AbortSignal): AsyncGenerator<SourceObject[]> {
    const manifest = await load(signal);
    yield* pagesAt(manifest, manifest.suffixes.keys());
  }

  async function* pagesAt(manifest: Manifest, positions: Iterable<number>): AsyncGenerator<SourceObject[]> {
    let page: SourceObject[] = [];
    for (const position of positions) {
      page.push(objectAt(manifest, position));
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  return {
    description: formatLocation(location),
    async check({ signal }) {
      await load(signal);
    },
    async *objects({ signal }) {
      for await (const page of pages(signal)) yield* page;
    },
    pages: ({ signal }) => pages(signal),
    async index({ signal }): Promise<SourceIndex> {
      const manifest = await load(signal);
      return { length: manifest.suffixes.length, read: (positions) => pagesAt(manifest, positions) };
    },
    close() {
      connection.close();
    },
  };
}
