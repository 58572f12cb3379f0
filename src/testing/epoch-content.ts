import { readEpochs } from '../reader/epochs.js';
import type { ReadEpochsOptions } from '../reader/options.js';
import { RecordDecoder } from '../recordio/record-decoder.js';

/** An epoch that has been read to its end. */
export class EpochContent {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** All of its bytes. */
  readonly bytes: Buffer;

  /** @internal */
  constructor(epoch: number, bytes: Buffer) {
    this.epoch = epoch;
    this.bytes = bytes;
  }

  /** Its bytes as UTF-8. */
  get text(): string {
    return this.bytes.toString();
  }

  /** Its lines, without their ends, LF or CR LF. */
  get lines(): string[] {
    const lines = this.text.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /**
   * The payloads of its RecordIO records. `map(String)` makes text of them.
   *
   * @throws {@link PipeModeError} `RECORDIO_INVALID`, `RECORDIO_TRUNCATED`, `RECORDIO_TOO_LARGE`
   */
  get records(): Buffer[] {
    const decoder = new RecordDecoder();
    decoder.push(this.bytes);
    const records: Buffer[] = [];
    for (let record = decoder.next(); record !== undefined; record = decoder.next())
      records.push(Buffer.from(record.buffer, record.byteOffset, record.length));
    decoder.end();
    return records;
  }
}

/**
 * Reads epochs of a channel to their ends, and keeps all of them in memory.
 *
 * @param options - As for `readEpochs` of `sagemaker-pipe-mode/reader`; `epochs` has to be there.
 * @throws {@link PipeModeError} what `readEpochs` throws
 *
 * @example
 * ```ts
 * import { collectEpochs } from 'sagemaker-pipe-mode/testing';
 *
 * const [first, second] = await collectEpochs({ dir: './ml/input/data', channel: 'training', epochs: 2 });
 * console.log(first?.records.length, second?.bytes.length);
 * ```
 */
export async function collectEpochs(
  options: ReadEpochsOptions & { readonly epochs: number },
): Promise<EpochContent[]> {
  const contents: EpochContent[] = [];
  for await (const epoch of readEpochs(options)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of epoch) chunks.push(chunk);
    contents.push(new EpochContent(epoch.epoch, Buffer.concat(chunks)));
  }
  return contents;
}
