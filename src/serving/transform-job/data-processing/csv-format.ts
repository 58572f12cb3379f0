import { requireLater } from '../../../require-later.js';
import type { Format } from './format.js';

type CsvParse = typeof import('csv-parse/sync');
type CsvStringify = typeof import('csv-stringify/sync');

/** Rows of CSV, as RFC 4180 has them: each is a list of texts. "You cannot use embedded newline characters" (Developer Guide). */
export class CsvFormat implements Format {
  readonly #parse = (requireLater('csv-parse/sync') as CsvParse).parse;
  readonly #stringify = (requireLater('csv-stringify/sync') as CsvStringify).stringify;

  /** All at once: the parser costs five times as much for one row. */
  parse(texts: readonly string[]): string[][] {
    const lines = texts.map((text) => text.replace(/\r?\n?$/, ''));
    const rows = this.#parse(lines.join('\n'), { relax_column_count: true, record_delimiter: '\n' });
    if (rows.length !== lines.length) throw new Error(`a quote is not closed, or it is not one row`);
    return rows;
  }

  /** One value is a row with one column. */
  stringify(value: unknown): string {
    return this.#stringify([Array.isArray(value) ? value : [value]], { eof: false });
  }

  /** API reference, DataProcessing: "by appending each transformed row to the end of the input". */
  join(input: readonly string[], output: readonly string[]): string[] {
    return [...input, ...output];
  }
}
