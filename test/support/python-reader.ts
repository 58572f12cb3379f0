import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('read_epochs.py', import.meta.url));

/** What to read, and with which manners. */
export interface PythonReaderOptions {
  readonly dir: string;
  readonly channel: string;
  readonly epochs: number;
  /** The epoch to begin with. Default: 0. */
  readonly firstEpoch?: number;
  /** Takes RecordIO apart: results have `records` and `payloadSha256`. */
  readonly recordio?: boolean;
  /** Closes every epoch after so many bytes; 0 opens it and closes it. Default: reads to the end. */
  readonly closeAfter?: number;
  /** Closes every epoch after its first byte. */
  readonly firstByteOnly?: boolean;
  /** Waits before every read, in milliseconds. Default: 0. */
  readonly delayMs?: number;
  /** The most that one read asks for, in bytes. Default: 65,536. */
  readonly chunkBytes?: number;
  /** How often to look for a FIFO that is not there, in milliseconds. Default: 10. */
  readonly pollMs?: number;
  /** Opens as ml-io does: without waiting for a writer, and then `select`. */
  readonly nonblocking?: boolean;
  /** Kills the reader with SIGKILL; `finished()` then rejects. */
  readonly signal?: AbortSignal;
}

/** What the reader got of one epoch. */
export interface PythonEpoch {
  readonly epoch: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether the reader saw the end of the data; otherwise it closed the FIFO before. */
  readonly eof: boolean;
  /** The length of every record, under `recordio`. */
  readonly records?: readonly number[];
  /** The SHA-256 of all payloads one after the other, under `recordio`. */
  readonly payloadSha256?: string;
}

type Milestone = 'opened' | 'firstByte' | 'end';

/**
 * A reader that is not ours: `read_epochs.py` in a process of its own.
 *
 * @example
 * ```ts
 * const reader = new PythonReader({ dir, channel: 'train', epochs: 3 });
 * await reader.reached('firstByte', 1);
 * reader.kill();
 * ```
 */
export class PythonReader {
  readonly #child: ChildProcess;
  readonly #epochs: PythonEpoch[] = [];
  readonly #reached = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #done: Promise<PythonEpoch[]>;
  #isOver = false;

  constructor(options: PythonReaderOptions) {
    const { signal } = options;
    this.#child = spawn('python3', [program, ...toArguments(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void this.#child.kill('SIGKILL');
    if (signal?.aborted) kill();
    signal?.addEventListener('abort', kill);
    this.#done = this.#run().finally(() => {
      this.#isOver = true;
      signal?.removeEventListener('abort', kill);
      this.#notify();
    });
    // Whoever wants to know asks `finished()`; a reader that is killed on purpose is no unhandled rejection.
    this.#done.catch(() => {});
  }

  /** The process, for signals of the test's own. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** All epochs, once the process has exited with 0; rejects with what it wrote to stderr otherwise. */
  finished(): Promise<PythonEpoch[]> {
    return this.#done;
  }

  /** Resolved once the reader has come so far in that epoch; rejects if it exits before. */
  async reached(milestone: Milestone, epoch: number): Promise<void> {
    while (!this.#reached.has(`${milestone} ${epoch}`)) {
      if (this.#isOver) {
        await this.#done;
        throw new Error(`The Python reader is finished and never reached "${milestone}" of epoch ${epoch}`);
      }
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Kills the process and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#done.catch(() => {});
  }

  async #run(): Promise<PythonEpoch[]> {
    const exited = new Promise<string>((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, killedBy) => resolve(killedBy ?? String(code)));
    });
    const complaint = text(this.#child.stderr!);
    const stdout = this.#child.stdout!;
    createInterface({ input: stdout }).on('line', (line) => this.#take(line));
    const status = await exited;
    if (status !== '0') throw new Error(`The Python reader exited with ${status}: ${await complaint}`);
    return this.#epochs;
  }

  #take(line: string): void {
    const { event, payload_sha256, ...rest } = JSON.parse(line) as ReportedLine;
    this.#reached.add(`${event} ${rest.epoch}`);
    if (event === 'end') {
      this.#epochs.push({
        ...rest,
        ...(payload_sha256 === undefined ? {} : { payloadSha256: payload_sha256 }),
      });
    }
    this.#notify();
  }

  #notify(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}

/** Reads so many epochs in a Python process, and says what they were. */
export function readWithPython(options: PythonReaderOptions): Promise<PythonEpoch[]> {
  return new PythonReader(options).finished();
}

interface ReportedLine extends PythonEpoch {
  readonly event: Milestone;
  readonly payload_sha256?: string;
}

function toArguments(options: PythonReaderOptions): string[] {
  const { dir, channel, epochs, firstEpoch, closeAfter, delayMs, chunkBytes, pollMs } = options;
  const valued = Object.entries({
    '--first-epoch': firstEpoch,
    '--close-after': closeAfter,
    '--delay': delayMs,
    '--chunk': chunkBytes,
    '--poll': pollMs,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  const flags = Object.entries({
    '--recordio': options.recordio,
    '--first-byte-only': options.firstByteOnly,
    '--nonblocking': options.nonblocking,
  }).flatMap(([name, isOn]) => (isOn === true ? [name] : []));
  return [...valued, ...flags, '--', dir, channel, String(epochs)];
}
