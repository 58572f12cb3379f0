import { join } from 'node:path';
import { rmSync } from 'node:fs';

import { type Contender, sinceOpened } from './contender.js';
import { runProgram, startProgram } from './processes.js';
import { type Cores, onCore, type Reader, type Reading } from './reader.js';
import type { Tool } from './toolchain.js';

/** A program that writes into a FIFO, a process per reading. */
export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  /** The arguments, given the FIFO's path. */
  readonly args: (fifo: string) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Whether the program's start falls between the reader's open and its first byte, and takes long: then the time
   * counts from that byte.
   */
  readonly startsLate?: boolean;
  /** The cores that the program and the reader have to stay on. Default: any. */
  readonly cores?: Cores | undefined;
}

/** A peer that is not here, and why. */
interface MissingPeer {
  readonly name: string;
  readonly missing: string;
}

export type Peer = Contender | MissingPeer;

/** A shell's `command args > fifo`: the shell opens the FIFO, and becomes the program. */
export function redirected(command: string, args: readonly string[]): Pick<PeerProgram, 'command' | 'args'> {
  return {
    command: 'sh',
    args: (fifo) => ['-c', 'fifo=$1; shift; exec "$@" > "$fifo"', 'sh', fifo, command, ...args],
  };
}

/** A peer that needs a tool, or the reason why it is not there. */
export function needing(tool: Tool, name: string, make: (command: string) => Peer): Peer {
  return 'missing' in tool ? { name, missing: tool.missing } : make(tool.command);
}

/** A peer's program does not work here: a reason to go on without it. */
export class PeerFailed extends Error {}

let peers = 0;

export class PeerContender implements Contender {
  readonly name: string;
  readonly #program: PeerProgram;
  readonly #reader: Reader;
  readonly #prefix: string;

  constructor(program: PeerProgram, reader: Reader, workspace: string) {
    this.name = program.name;
    this.#program = program;
    this.#reader = reader;
    this.#prefix = join(workspace, `peer-${++peers}`);
  }

  async read(): Promise<Reading> {
    const { command, args, env, cores } = this.#program;
    const fifo = `${this.#prefix}_0`;
    await runProgram('mkfifo', fifo);
    const [first, ...rest] = onCore(cores?.writer, [command, ...args(fifo)]);
    const writer = startProgram(first!, rest, { env: { ...process.env, ...env } });
    const output = writer.output.catch((error: unknown): never => {
      throw new PeerFailed(lastLine(error));
    });
    try {
      // Only its failure is of interest before the reader has seen the end.
      const failure = output.then(() => new Promise<never>(() => undefined));
      failure.catch(() => undefined);
      const epochs = { prefix: this.#prefix, first: 0, count: 1, ...(cores && { core: cores.reader }) };
      const [reading] = await this.#reader.read(epochs, failure);
      await output;
      return reading!;
    } finally {
      output.catch(() => undefined);
      writer.kill();
      rmSync(fifo);
    }
  }

  secondsOf(reading: Reading): number {
    return this.#program.startsLate ? (reading.eof - reading.firstByte) / 1e9 : sinceOpened(reading);
  }

  async close(): Promise<void> {}
}

/** What programs in Python and Node say last is what went wrong. */
function lastLine(error: unknown): string {
  return (error as Error).message.trim().split('\n').at(-1)!;
}
