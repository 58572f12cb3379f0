import { PipeModeError } from '../errors.js';
import { checkChannelName, checkEpochs, checkInteger, checkSignal } from '../options/checks.js';
import { check } from '../options/expected.js';
import { resolveDirectory } from '../options/location.js';
import { type Names, readOptions } from '../options/read-options.js';

/** What `readEpochs` takes. */
export interface ReadEpochsOptions {
  /** The channel's name: 1 to 64 of the characters `A-Z a-z 0-9 . - _`. */
  readonly channel: string;
  /**
   * The directory that holds the FIFOs, a path or a `file://` URL (a string or a `URL`).
   *
   * @defaultValue `/opt/ml/input/data`, where they are in a SageMaker container
   */
  readonly dir?: string | URL | undefined;
  /**
   * How many epochs to read, from 1 up.
   *
   * @defaultValue `Infinity`: for as long as the loop goes on, since SageMaker's channels are endless
   */
  readonly epochs?: number | undefined;
  /**
   * The epoch to begin with, from 0 up: to go on where an earlier reader stopped.
   *
   * @defaultValue 0
   */
  readonly firstEpoch?: number | undefined;
  /**
   * How long an epoch's FIFO may take to appear, in milliseconds, from 0 up. Only that is limited: not how
   * long the FIFO may take to deliver. In a worker thread also how long opening may wait for libuv's pool, but
   * then for a second at least.
   *
   * @defaultValue `Infinity`, as in SageMaker's own example of a Pipe-mode client
   */
  readonly openTimeoutMs?: number | undefined;
  /** Ends whatever is being waited for, at once, with an error of code `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** The options as they hold, once they have been checked. */
export interface ReadPlan {
  readonly channel: string;
  readonly dir: string;
  readonly epochs: number;
  readonly firstEpoch: number;
  readonly openTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const KNOWN: Names<ReadEpochsOptions> = {
  channel: true,
  dir: true,
  epochs: true,
  firstEpoch: true,
  openTimeoutMs: true,
  signal: true,
};

/** Refuses what cannot be meant, and fills in the defaults. */
export function planReading(options: ReadEpochsOptions): ReadPlan {
  checkPlatform();
  const {
    channel,
    dir = '/opt/ml/input/data',
    epochs = Infinity,
    firstEpoch = 0,
    openTimeoutMs = Infinity,
    signal,
  } = readOptions(options, KNOWN);
  checkChannelName('channel', channel);
  checkEpochs(epochs);
  checkInteger('firstEpoch', 'an integer from 0 up', firstEpoch, 0);
  const isTime = (value: unknown) => typeof value === 'number' && value >= 0;
  check('openTimeoutMs', 'milliseconds from 0 up', openTimeoutMs, isTime);
  if (signal !== undefined) checkSignal(signal);
  return { channel, dir: resolveDirectory('dir', dir), epochs, firstEpoch, openTimeoutMs, signal };
}

function checkPlatform(): void {
  if (process.platform !== 'win32') return;
  throw new PipeModeError('UNSUPPORTED_PLATFORM', 'Windows has no FIFOs: use WSL, a container, or Linux.');
}
