import { type RunningProgram, startProgram } from './processes.js';
import { beside } from './toolchain.js';

/** What a reader saw of one epoch. Times are nanoseconds of the machine's monotonic clock. */
export interface Reading {
  readonly epoch: number;
  readonly bytes: number;
  /** When its `open` returned. */
  readonly opened: number;
  readonly firstByte: number;
  readonly eof: number;
  /** If it was asked for. */
  readonly checksum?: string;
}

export interface Epochs {
  /** The path of a FIFO without `_<epoch>`. */
  readonly prefix: string;
  readonly first: number;
  readonly count: number;
  /** How long the reader waits before every read, in microseconds. Default: not at all. */
  readonly pauseUs?: number;
  /** The core that the reader has to stay on. Default: any. */
  readonly core?: number | undefined;
}

/** How long a reader may take for everything it was asked for, in milliseconds. */
const PATIENCE_MS = 10 * 60_000;

/** A process that reads FIFOs: the same for everybody. */
export class Reader {
  /** What the reader is, for people. */
  readonly description: string;
  readonly #native: string | undefined;

  constructor(native: string | undefined) {
    this.#native = native;
    this.description = native ? 'C, 1 MiB buffer' : 'Node (no C compiler was found), 1 MiB buffer';
  }

  /** @param writer - Rejects if whoever writes has failed, so that nobody waits for it. */
  async read(epochs: Epochs, writer: Promise<never>): Promise<Reading[]> {
    const { command, args } = this.commandFor(epochs);
    const [first, ...rest] = onCore(epochs.core, [...command, ...args]);
    const program = startProgram(first!, rest);
    return await readingsOf(program, writer);
  }

  /** What reads, and what it is to read. */
  commandFor(epochs: Epochs): { readonly command: readonly string[]; readonly args: string[] } {
    const command = this.#native ? [this.#native] : [process.execPath, beside('programs/reader.mjs')];
    return { command, args: argsFor(epochs) };
  }

  /** The same with SHA-256 sums: not for timing. */
  async readWithChecksums(epochs: Epochs, writer: Promise<never>): Promise<Reading[]> {
    const args = [beside('programs/reader.mjs'), ...argsFor(epochs), 'sha256'];
    return await readingsOf(startProgram(process.execPath, args), writer);
  }
}

function argsFor({ prefix, first, count, pauseUs = 0 }: Epochs): string[] {
  return [prefix, String(first), String(count), String(pauseUs)];
}

/** The cores that a writer and its reader have to stay on. */
export interface Cores {
  readonly writer: number;
  readonly reader: number;
}

/** A command that stays on one core; any, if none is given. */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}

async function readingsOf(program: RunningProgram, writer: Promise<never>): Promise<Reading[]> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The reader did not get to the end within ${PATIENCE_MS / 1000} s.`));
    }, PATIENCE_MS);
  });
  try {
    const output = await Promise.race([program.output, writer, patience]);
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Reading);
  } finally {
    clearTimeout(timer);
    program.kill();
  }
}
