// Runs in a thread of ours: everything here is synchronous.
import { appendFileSync, readFileSync, type Stats, writeFileSync } from 'node:fs';

/** A file that was completed, so that it can be told from one that was changed since. */
export interface FileRecord {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: string;
}

/**
 * Which files are complete, a line of JSON each, so that a download that was interrupted goes on where it was. It
 * counts only until the machine is restarted: after a power failure a file may have its length and not its bytes.
 */
export class ResumeLog {
  readonly #path: string;
  readonly records: ReadonlyMap<string, FileRecord>;

  private constructor(path: string, records: ReadonlyMap<string, FileRecord>) {
    this.#path = path;
    this.records = records;
  }

  /** Reads a journal of ours; `undefined` if there is none. */
  static read(path: string): ResumeLog | undefined {
    const [header = '', ...lines] = readLines(path);
    if (!header.startsWith(`{"${MARK}"`)) return undefined;
    const records = new Map<string, FileRecord>();
    if (header === headerLine()) {
      for (const line of lines) {
        const record = parse(line);
        if (record) records.set(record.path, record);
      }
    }
    return new ResumeLog(path, records);
  }

  /** Begins a journal, with what is still true of an earlier one. */
  static begin(path: string, records: ReadonlyMap<string, FileRecord>): ResumeLog {
    const lines = [headerLine(), ...[...records.values()].map((record) => JSON.stringify(record))];
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return new ResumeLog(path, records);
  }

  add(record: FileRecord): void {
    appendFileSync(this.#path, `${JSON.stringify(record)}\n`);
  }
}

/** Whether a file is still what was recorded. */
export function matches(stats: Stats | undefined, { size, mtimeMs }: FileRecord): boolean {
  return stats !== undefined && stats.isFile() && stats.size === size && stats.mtimeMs === mtimeMs;
}

const MARK = 'sagemaker-pipe-mode';

function headerLine(): string {
  return JSON.stringify({ [MARK]: 1, boot: bootId() });
}

function bootId(): string {
  return readLines('/proc/sys/kernel/random/boot_id')[0] ?? 'unknown';
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** A line that was cut off when its process ended counts for nothing. */
function parse(line: string): FileRecord | undefined {
  try {
    return JSON.parse(line) as FileRecord;
  } catch {
    return undefined;
  }
}
