import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { S3ClientConfig } from '@aws-sdk/client-s3';

import { type Contender, type Expected, checkReading, sinceOpened } from './contender.js';
import { LibraryProcess } from './library-process.js';
import type { Cores, Reader, Reading } from './reader.js';

/** Options of a channel that can be sent to another process. */
export interface ChannelPlan {
  readonly name: string;
  readonly dest: string;
  readonly source: string;
  /** Instead of the source: an object that JavaScript makes. */
  readonly chunks?: ChunksPlan;
  /** Whether the source is a manifest. */
  readonly isManifest?: boolean;
  readonly gunzip?: boolean;
  readonly recordio?: boolean;
  readonly zeroCopy?: boolean;
  readonly s3?: S3ClientConfig;
}

/** An object that is made from the first `period + chunkBytes` bytes of a periodic file. */
export interface ChunksPlan {
  readonly path: string;
  readonly period: number;
  readonly bytes: number;
  readonly chunkBytes: number;
  /** Whether every chunk has memory of its own. */
  readonly isFresh?: boolean;
}

let made = 0;

/** Channels of the library in a process of its own, for one case: see programs/ours.mjs, the other end. */
export class Ours extends LibraryProcess {
  /** Where its channels are. */
  readonly dest: string;

  constructor(workspace: string, core?: number) {
    super('ours.mjs', { core, env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' } });
    this.dest = join(workspace, `ours-${++made}`);
    mkdirSync(this.dest);
  }

  start(plans: readonly ChannelPlan[]): Promise<void> {
    return this.ask('start', plans);
  }

  startTimes(plan: ChannelPlan, times: number): Promise<number[]> {
    return this.ask('startTimes', { plan, times });
  }

  cpu(overMs: number): Promise<number> {
    return this.ask('cpu', overMs);
  }

  readFileTimes(path: string, times: number): Promise<number[]> {
    return this.ask('readFileTimes', { path, times });
  }

  peak(): Promise<number> {
    return this.ask('peak');
  }
}

interface Surroundings {
  readonly reader: Reader;
  readonly workspace: string;
  /** Default: any. */
  readonly cores?: Cores | undefined;
  /** Default: `ours`. */
  readonly name?: string;
}

/** One channel of the library, whose epochs are read one after the other. */
export class OurContender implements Contender {
  readonly name: string;
  readonly #ours: Ours;
  readonly #reader: Reader;
  readonly #cores: Cores | undefined;
  #epoch = 0;

  private constructor(name: string, ours: Ours, { reader, cores }: Surroundings) {
    this.name = name;
    this.#ours = ours;
    this.#reader = reader;
    this.#cores = cores;
  }

  static async start(
    plan: Omit<ChannelPlan, 'name' | 'dest'>,
    surroundings: Surroundings,
  ): Promise<OurContender> {
    const { workspace, cores, name = 'ours' } = surroundings;
    const ours = new Ours(workspace, cores?.writer);
    try {
      await ours.start([{ ...plan, name: 'channel', dest: ours.dest }]);
    } catch (error) {
      await ours.close().catch(() => undefined);
      throw error;
    }
    return new OurContender(name, ours, surroundings);
  }

  async read(): Promise<Reading> {
    const [reading] = await this.#reader.read(this.#next(), this.#ours.failure);
    return reading!;
  }

  /** Reads an epoch and compares its bytes. */
  async verify(expected: Expected): Promise<void> {
    const [reading] = await this.#reader.readWithChecksums(this.#next(), this.#ours.failure);
    checkReading(this.name, reading!, expected);
  }

  secondsOf(reading: Reading): number {
    return sinceOpened(reading);
  }

  peak(): Promise<number> {
    return this.#ours.peak();
  }

  close(): Promise<void> {
    return this.#ours.close();
  }

  #next() {
    const core = this.#cores && { core: this.#cores.reader };
    return { prefix: join(this.#ours.dest, 'channel'), first: this.#epoch++, count: 1, ...core };
  }
}
