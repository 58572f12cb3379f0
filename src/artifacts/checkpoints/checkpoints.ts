import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { setTimeout as wait } from 'node:timers/promises';

import { onAbort } from '../../abort/on-abort.js';
import { debugTo } from '../../debug.js';
import { PipeModeError } from '../../errors.js';
import { checkTimeout } from '../../options/checks.js';
import { checkS3Options } from '../../source/s3/options.js';
import { leaseThreads, type ThreadLease } from '../../workers/threads.js';
import { type Destination, readDestination } from '../destination.js';
import { mayPass } from './checkpoint-errors.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { HostFiles } from './host-files.js';
import { LocalStore } from './local-store.js';
import { refuseOverlap } from './overlap.js';
import { restore } from './restore.js';
import { S3Store } from './s3-store.js';
import { Synchronisation } from './synchronisation.js';

export interface CheckpointOptions {
  /** `CheckpointConfig.S3Uri`: s3://BUCKET/PREFIX, file:// or an absolute path. A prefix ends with a slash, written or not. */
  readonly destination: string;
  /** The directories of the hosts, on this machine; there by the time that they are restored. */
  readonly directories: readonly string[];
  /** A client, or the configuration of one, as for sources. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /**
   * How long to wait from the end of one synchronisation to the next look, in milliseconds. Default 5,000: to look at 10,000
   * files takes some 75 ms of CPU time, and 20 µs more for every directory, so that is 2 % of a core, and a machine that fails
   * loses some seconds of work. A file is left alone until it has not changed for a second; whoever asks for less
   * than that gets no more.
   */
  readonly intervalMs?: number | undefined;
  /**
   * Brings the directories up to date, where that takes something, and says whether it has. If not, or if it fails, nothing is
   * copied before the next time.
   */
  readonly refresh?: (() => Promise<boolean>) | undefined;
}

const debug = debugTo('checkpoints');

const INTERVAL_MS = 5000;
/** What a timer of Node's can wait for. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Synchronisations that may fail in a row, if the destination may be there again; each has tried every request 5 times. */
const MOST_FAILURES = 3;
/** How long the last one waits in between, in milliseconds. */
const LAST_PAUSE_MS = 1000;

/**
 * Checkpoints of a training job: restored at its start, and copied to their destination while it runs.
 *
 * As in the cloud: what is at the destination is written into every host's directory before the algorithm starts; what comes
 * there later is not; new checkpoints are copied out while it runs; and "If a checkpoint is deleted in the SageMaker AI
 * container, it will also be deleted in the S3 folder" (Developer Guide,
 * {@link https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html | Checkpoints in Amazon SageMaker AI}).
 *
 * Only what was restored from the destination, or copied there, is deleted there: what else is in it is somebody else's. A
 * file has to be missing at two looks, or at the end, in a directory that is there and could be listed to its end; and
 * nothing is deleted before everything that has changed was copied, so that there is a complete checkpoint at any moment. (A
 * file in whose place there is a directory now, or the other way around, cannot wait for that.)
 *
 * The documentation is silent, and it is our choice, too: a file is copied when it has changed in size, times or inode; one that
 * is written while it is read goes in the next round; a file appears as a whole at the destination; what was written first goes
 * first; of the files of several hosts with the same name, the latest is kept, and it is deleted when no host that has
 * written one has it any more; a symbolic link is followed inside the directory only; sockets, FIFOs and devices are left out,
 * as are empty directories; a name that is not UTF-8 cannot be an S3 key, and fails, also for a directory as destination;
 * restored files have the modification times of those that they were made of.
 */
export class Checkpoints {
  /**
   * Rejects with the first failure of a synchronisation that could not be mended by trying again: checkpoints are not written
   * any more. Stays pending otherwise. It need not be handled.
   */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  readonly #destination: Destination;
  readonly #store: CheckpointStore;
  readonly #hosts: readonly HostFiles[];
  readonly #synchronisation: Synchronisation;
  readonly #intervalMs: number;
  readonly #refresh: () => Promise<boolean>;
  readonly #ending = new AbortController();
  /** Aborted when nobody waits for what is under way any more. */
  readonly #givenUp = new AbortController();
  #running: Promise<void> | undefined;
  #threads: ThreadLease | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws {@link PipeModeError} `S3_INVALID_URI`, `INVALID_OPTION` */
  constructor({
    destination,
    directories,
    s3,
    intervalMs = INTERVAL_MS,
    refresh = async () => true,
  }: CheckpointOptions) {
    checkS3Options({ s3 });
    checkTimeout('intervalMs', intervalMs);
    this.#destination = readDestination(destination);
    this.#hosts = directories.map((directory) => new HostFiles(directory));
    this.#refuseOverlap();
    this.#store =
      this.#destination.kind === 's3'
        ? new S3Store(this.#destination, s3)
        : new LocalStore(this.#destination.path);
    this.#synchronisation = new Synchronisation(this.#store, this.#hosts);
    this.#intervalMs = Math.min(intervalMs, LONGEST_TIMER_MS);
    this.#refresh = refresh;
    let fail!: (error: unknown) => void;
    this.failed = new Promise<never>((_resolve, reject) => (fail = reject));
    this.#fail = fail;
    this.failed.catch(() => undefined); // whoever wants to know waits for it
  }

  /**
   * Fills the directories, which are empty, with what is at the destination. If that fails, they are without files again.
   *
   * @throws {@link PipeModeError} `S3_…`; `SOURCE_…` of what is at the destination; `UNSAFE_KEY` and `KEY_COLLISION` for keys
   * that cannot be files, or not all of them; `DEST_…`; `INVALID_OPTION` if destination and directories are one in the other;
   * the signal's reason
   */
  async restore(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#refuseOverlap(); // by now all of them are there
    const threads = leaseThreads();
    try {
      this.#store.open();
      await restore(this.#store, this.#hosts, signal);
    } catch (error) {
      this.#store.close();
      throw error;
    } finally {
      await threads.release();
    }
  }

  /**
   * Begins to synchronise. Called once, and not after `stop()`.
   *
   * @throws {@link PipeModeError} `INVALID_STATE`; `INVALID_OPTION` if destination and directories are one in the other
   */
  start(): void {
    if (this.#running || this.#stopped)
      throw new PipeModeError('INVALID_STATE', 'Checkpoints are synchronised once: make a new object.');
    this.#refuseOverlap();
    for (const host of this.#hosts) host.begin();
    this.#threads = leaseThreads();
    this.#running = this.#keepUp();
  }

  /**
   * Ends it with a last synchronisation of everything: call it when the algorithm has ended. May be called again, which waits
   * for the same, and without `start()`: then nothing is copied, because what is in the directories may be half of what a
   * failed `restore()` has left.
   *
   * @param signal - ends the last synchronisation: what it has not copied by then is missing at the destination
   * @throws {@link PipeModeError} `S3_…`, `SOURCE_UNREADABLE`, `ARTIFACT_NOT_WRITTEN`, `DEST_…`; the signal's reason
   */
  async stop(signal?: AbortSignal): Promise<void> {
    const giveUp = () => this.#givenUp.abort(signal!.reason);
    const unwatch = signal === undefined ? () => undefined : onAbort(signal, giveUp);
    if (signal?.aborted) giveUp();
    try {
      await (this.#stopped ??= this.#stop());
    } finally {
      unwatch();
    }
  }

  async #stop(): Promise<void> {
    this.#ending.abort();
    try {
      if (!this.#running) return;
      await this.#running;
      const { signal } = this.#givenUp;
      const lastRound = () => this.#synchronisation.lastRound(signal);
      await this.#persist(lastRound, () => wait(LAST_PAUSE_MS, undefined, { signal }).catch(() => undefined));
    } finally {
      this.#store.close();
      await this.#threads?.release();
    }
  }

  /** Never rejects. */
  async #keepUp(): Promise<void> {
    const { signal } = this.#ending;
    // It does not keep the process alive: whoever runs the job does.
    const pause = () => wait(this.#intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    try {
      for (;;) {
        await pause();
        if (signal.aborted) return;
        const isFresh = await this.#refresh().catch((error: unknown) => {
          debug('the directories cannot be brought up to date: %s', error);
          return false;
        });
        if (!isFresh) continue;
        await this.#persist(() => this.#synchronisation.round(signal, this.#givenUp.signal), pause);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Does it again if the destination may be there again, but not for ever, nor at the end. */
  async #persist(round: () => Promise<void>, pause: () => Promise<unknown>): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await round();
        return;
      } catch (error) {
        if (!mayPass(error) || failures === MOST_FAILURES) throw error;
        await pause();
      }
    }
  }

  #refuseOverlap(): void {
    if (this.#destination.kind === 's3') return;
    refuseOverlap(
      this.#destination.path,
      this.#hosts.map(({ directory }) => directory),
    );
  }
}
