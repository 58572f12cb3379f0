import { setTimeout as delay } from 'node:timers/promises';
import { queryObjects } from 'node:v8';

import { type Channel, createChannel } from 'sagemaker-pipe-mode';

import { leftSince, type Snapshot, snapshot } from '../support/leftovers.js';

/** How long handles and processes may take to go away: so many looks, because by the clock a machine may be busy. */
const LOOKS = 400;
const LOOK_MS = 2;
const LOOKS_AT_MEMORY = 10;

/**
 * What the library's threads consist of: they may stay while any channel lives. A process that exits waits for those that
 * load koffi.
 */
const OF_THREADS =
  /^(worker thread|thread|active (MessagePort|Worker|Timeout)|descriptor \d+ of ((anon_inode|pipe):|\/dev\/null$)|listener of process for "exit"$)/;

/** The class of channels. */
const CHANNEL = createChannel({ name: 'never', source: [], dest: '/' }).constructor;

/**
 * Finds what scenarios leave behind in this process. The threads of the library, which make most of a short
 * scenario's costs, are kept for the next one if that is asked for, by a channel that waits for a reader.
 */
export class Leftovers {
  readonly #dest: string;
  #cold: Snapshot | undefined;
  #anchor: Channel | undefined;
  /** Everything that is there beside the threads, while they are kept. */
  #warm: Snapshot | undefined;

  readonly #servers: () => readonly number[];

  /** @param servers - the descriptors of the S3 server in this process, which it closes when it notices that clients have gone */
  constructor(dest: string, servers: () => readonly number[] = () => []) {
    this.#dest = dest;
    this.#servers = servers;
  }

  /** Before a scenario: keeps the threads, or has none. */
  async prepare(isWarm: boolean): Promise<void> {
    this.#cold ??= snapshot();
    if (!isWarm) {
      await this.close();
      return;
    }
    if (this.#anchor) return;
    this.#anchor = createChannel({ name: 'anchor', source: [{ key: 'a', body: 'a' }], dest: this.#dest });
    await this.#anchor.start();
    this.#warm = snapshot();
  }

  /** After a scenario: what is there and was not there before. */
  async found(dest: string | undefined): Promise<string[]> {
    for (let looks = 1; ; looks++) {
      const left = this.#exceptServers(this.#left(dest));
      if (left.length === 0 || looks >= LOOKS) return left;
      await delay(LOOK_MS);
    }
  }

  /** How many channels of this process are in memory although they have ended. It collects all garbage, and takes long. */
  async channelsHeld(): Promise<number> {
    const known = this.#anchor ? 1 : 0;
    for (let looks = 1; ; looks++) {
      const held = queryObjects(CHANNEL, { format: 'count' }) - known;
      if (held === 0 || looks >= LOOKS_AT_MEMORY) return held;
      await delay(LOOK_MS); // what is told of what was collected lets go of more
    }
  }

  async close(): Promise<void> {
    await this.#anchor?.stop();
    this.#anchor = undefined;
    this.#warm = undefined;
  }

  /** The library's ends of the same connections are descriptors of their own. */
  #exceptServers(left: readonly string[]): string[] {
    const servers = new Set(this.#servers().map((fd) => `descriptor ${fd} of socket`));
    const others = left.filter((thing) => !servers.has(thing.split(':')[0]!));
    const isSocketLeft = others.some((thing) => thing.includes(' of socket:'));
    return isSocketLeft || others.length === left.length
      ? others
      : others.filter((thing) => !thing.startsWith('active TCPSocketWrap'));
  }

  /** The descriptor by which the anchor waits for its reader, and which it may have opened since. */
  #isAnchors(thing: string): boolean {
    return /^descriptor \d+ of /.test(thing) && thing.includes(` ${this.#dest}/`);
  }

  #left(dest: string | undefined): string[] {
    if (this.#warm)
      return leftSince(this.#warm, dest).filter((it) => !OF_THREADS.test(it) && !this.#isAnchors(it));
    return leftSince(this.#cold!, dest);
  }
}
