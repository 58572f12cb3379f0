import { afterMs } from '../abort/after-ms.js';
import { settleWithin } from '../abort/settle-within.js';
import type { Checkpoints } from '../artifacts/checkpoints/checkpoints.js';
import { PipeModeError } from '../errors.js';
import type { DownloadProgress } from '../runner/runner.js';
import type { Cluster } from './cluster.js';
import { decisiveEnding, describeEnding, type Ending, endingAfterLoss, failing } from './ending.js';
import type { JobEvidence } from './findings/finding.js';
import { describeWaits } from './hang/describe-waits.js';
import type { HostSituation } from './hang/situation.js';
import { type Stall, type StallLimits, StallWatch } from './hang/stall-watch.js';
import type { StatusRecord } from './status/status-record.js';

/** What asks for an end at once, or within a time. */
type LimitedEnding = Extract<Ending, { kind: 'abort' | 'timeout' | 'waitTimeout' }>;

/** What an attempt is made of. */
export interface AttemptParts {
  readonly cluster: Cluster;
  /** `undefined` without `CheckpointConfig`. */
  readonly checkpoints: Checkpoints | undefined;
  readonly record: StatusRecord;
  readonly limits: StallLimits;
  /** How long the last synchronisation of checkpoints may take when somebody has asked for an end, in milliseconds. */
  readonly keepMs: number;
  /** Told when nothing moves any more. */
  readonly onStall: (stall: Stall, attempt: Attempt) => void;
  /** Ends what is waited for when the programs have ended: nobody wants it any more. */
  readonly hurry: AbortSignal;
}

/**
 * One run of a job's algorithm, on all its hosts: from the layout of /opt/ml until the last program has ended. A job that is
 * interrupted has another one.
 */
export class Attempt {
  readonly cluster: Cluster;
  #isClosed!: () => void;
  /** Resolves when it is closed. */
  readonly over = new Promise<void>((resolve) => (this.#isClosed = resolve));
  readonly #checkpoints: Checkpoints | undefined;
  readonly #record: StatusRecord;
  readonly #limits: StallLimits;
  readonly #keepMs: number;
  readonly #onStall: AttemptParts['onStall'];
  readonly #hurry: AbortSignal;
  /** Aborted when it is to end, by whatever: what has not been started is not started any more. */
  readonly #ending = new AbortController();
  #endsBy: Ending | undefined;
  /** Whether the programs have ended: what fails from then on has no part in it. */
  #isOver = false;
  #endedByItself = false;
  /** Aborted when the last synchronisation of checkpoints is given up. */
  readonly #givingUp = new AbortController();
  /** Whether that may take only so long. */
  #hasLimit = false;
  #callOffLimit: (() => void) | undefined;
  #isSynchronised = false;
  #gaveUpFor: LimitedEnding | undefined;
  #stopping: Promise<void> | undefined;
  #channelsThen: readonly string[] | undefined;
  #watch: StallWatch | undefined;
  #situations: readonly HostSituation[] | undefined;

  constructor({ cluster, checkpoints, record, limits, keepMs, onStall, hurry }: AttemptParts) {
    this.cluster = cluster;
    this.#checkpoints = checkpoints;
    this.#record = record;
    this.#limits = limits;
    this.#keepMs = keepMs;
    this.#onStall = onStall;
    this.#hurry = hurry;
  }

  /** Why it ended before its programs did; `undefined` if they have ended by themselves. */
  get endsBy(): Ending | undefined {
    return this.#endsBy;
  }

  /** What each channel was doing when it was ended, or is doing now, in words. */
  get channels(): readonly string[] {
    return this.#channelsThen ?? this.#describeChannels();
  }

  /** What the processes were waiting for when their time was up, or when nothing moved any more, in words. */
  get waits(): readonly string[] {
    return this.#situations === undefined
      ? (this.#watch?.stall?.waits ?? [])
      : describeWaits(this.#situations);
  }

  /** Resolves when all programs have ended, and what they have written is in the logs. */
  async run(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (!this.#ending.signal.aborted && this.cluster.failed !== undefined) this.#lose(error);
      else this.#fail(error);
    }
    try {
      await this.cluster.ended();
      this.#isOver = true;
      this.#endedByItself = this.#endsBy === undefined;
      await this.#watch?.end();
      await this.#stopping;
      await this.cluster.drained();
    } catch (error) {
      this.#lose(error);
    }
    await this.#synchroniseLast();
  }

  /**
   * Ends it. What comes first decides how it ends: says whether this does. A last synchronisation of checkpoints is given up
   * if the time is up, or the signal is aborted, and some time after `stop()`.
   */
  end(ending: Ending): boolean {
    if (hasLimit(ending) || ending.kind === 'stop') this.#hasLimit = true;
    if (this.#isOver) this.#giveUp(ending);
    if (this.#endsBy !== undefined || this.#isOver) return false;
    void this.#watch?.end(); // what it has seen last stays: from now on nothing moves because it ends
    if (this.cluster.failed !== undefined) {
      if (ending.kind !== 'failure' && ending.kind !== 'interruption') this.#endGrace();
      return false;
    }
    this.#endsBy = ending;
    this.#channelsThen = this.#describeChannels();
    if (ending.kind !== 'failure') this.#record.move(...describeEnding(ending));
    this.#ending.abort();
    if (this.cluster.wasStarted) this.#stopping = this.#stop(ending);
    return true;
  }

  /** What is to be looked at when it is over, before it is closed. */
  evidence(metrics: JobEvidence['metrics']): JobEvidence {
    const endedByItself = this.#endedByItself;
    const stall = endedByItself ? undefined : this.#watch?.stall;
    const hangs = this.#situations ?? stall?.situations ?? [];
    const hosts = this.cluster.hosts.flatMap((host) => {
      const hang = hangs.find((each) => each.host === host.name);
      return host.evidence(endedByItself, hang) ?? [];
    });
    return { hosts, metrics, stall, byLocalhost: this.cluster.byLocalhost };
  }

  /** Ends all that is left. May be called again. */
  async close(): Promise<void> {
    try {
      await this.cluster.close();
    } finally {
      this.#isClosed();
    }
  }

  async #start(): Promise<void> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    await this.cluster.prepare({ signal, onDownload: this.#onDownload });
    signal.throwIfAborted();
    this.#record.move('Downloading', 'Downloading input data');
    await this.#checkpoints?.restore(signal);
    await this.cluster.feed(signal);
    this.cluster.fed().catch(this.#fail);
    this.#checkpoints?.start();
    this.#checkpoints?.failed.catch(this.#fail);
    await this.cluster.start(signal, () => this.#onRunning());
    if (!signal.aborted) this.#watch = new StallWatch(this.cluster, this.#limits, this.#stalled);
    this.cluster.written().catch(this.#fail);
  }

  readonly #onDownload = ({ image }: DownloadProgress): void => {
    if (this.#record.secondary !== 'Starting') return;
    this.#record.move('DownloadingTrainingImage', `Downloading the training image ${image}`);
  };

  /** With its first program. */
  #onRunning(): void {
    if (this.#ending.signal.aborted || this.#record.secondary === 'Training') return;
    this.#record.move('Training', 'Training in progress: the algorithm was started');
  }

  readonly #stalled = (stall: Stall, isTooLong: boolean): void => {
    this.#onStall(stall, this);
    if (isTooLong) this.end({ kind: 'stall', ms: stall.ms });
  };

  /**
   * Nobody is to wait for ever for a destination that does not answer. What is not there when it is given up is lost, and the
   * job has ended by what has given it up.
   */
  async #synchroniseLast(): Promise<void> {
    this.#limit();
    try {
      await this.#checkpoints?.stop(AbortSignal.any([this.#hurry, this.#givingUp.signal]));
    } catch (error) {
      if (this.#gaveUpFor === undefined) {
        this.#lose(error);
        return;
      }
      this.#endsBy = decisiveEnding(this.#endsBy, this.#gaveUpFor);
    } finally {
      this.#isSynchronised = true;
      this.#callOffLimit?.();
    }
  }

  #limit(): void {
    if (!this.#hasLimit || this.#isSynchronised) return;
    const giveUp = () => this.#givingUp.abort(checkpointsGivenUp(this.#keepMs));
    this.#callOffLimit ??= afterMs(this.#keepMs, giveUp);
  }

  #giveUp(ending: Ending): void {
    this.#limit();
    if (!hasLimit(ending)) return;
    this.#gaveUpFor ??= ending;
    this.#givingUp.abort();
  }

  /** It has failed on one host, and stays failed; but nobody wants to wait for the others. */
  #endGrace(): void {
    this.#ending.abort();
    this.cluster.endGrace();
  }

  readonly #fail = (error: unknown): void => void this.end(failing(error));

  /** The log, a checkpoint, or what a container has left, is lost; or a host was not started when another one failed. */
  #lose(error: unknown): void {
    const circumstances = { isDisposed: this.#hurry.aborted, hasFailed: this.cluster.failed !== undefined };
    this.#endsBy = endingAfterLoss(this.#endsBy, failing(error), circumstances);
  }

  /**
   * The programs first, and the channels when they have ended: nobody must take what ends them for an end of the data. If one
   * of them has failed there is nothing to wait for.
   */
  async #stop(ending: Ending): Promise<void> {
    const look = async () => void (this.#situations = await this.cluster.situations());
    if (hasLimit(ending)) await settleWithin([look()]).catch(() => undefined);
    const { kind } = ending;
    const isAtOnce = kind === 'failure' || kind === 'disposal' || kind === 'stall';
    await this.cluster.stop(isAtOnce ? 0 : undefined);
  }

  #describeChannels(): readonly string[] {
    return this.cluster.describeChannels();
  }
}

function checkpointsGivenUp(ms: number): PipeModeError {
  const message = `The last synchronisation of the checkpoints was given up after ${ms / 1000} s, because the job was to end: what it has not copied by then is missing at their S3Uri.`;
  return new PipeModeError('ABORTED', message);
}

function hasLimit(ending: Ending): ending is LimitedEnding {
  return ending.kind === 'abort' || ending.kind === 'timeout' || ending.kind === 'waitTimeout';
}
