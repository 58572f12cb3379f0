import { PipeModeError } from '../errors.js';
import { describe, expected } from '../options/expected.js';

/** What `readEpochs` takes. */
export interface ReadEpochsOptions {
  /** The channel's name: 1 to 64 of the characters `A-Z a-z 0-9 . - _`. */
  readonly channel: string;
  /**
   * The directory that holds the FIFOs.
   *
   * @defaultValue `/opt/ml/input/data`, where they are in a SageMaker container
   */
  readonly dir?: string | undefined;
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
   * long the FIFO may take to deliver.
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

const KNOWN = ['channel', 'dir', 'epochs', 'firstEpoch', 'openTimeoutMs', 'signal'];

/** Refuses what cannot be meant, and fills in the defaults. */
export function planReading(options: ReadEpochsOptions): ReadPlan {
  checkPlatform();
  checkNames(options);
  const {
    channel,
    dir = '/opt/ml/input/data',
    epochs = Infinity,
    firstEpoch = 0,
    openTimeoutMs = Infinity,
    signal,
  } = options;
  checkChannel(channel);
  checkEpochs(epochs);
  if (!Number.isSafeInteger(firstEpoch) || firstEpoch < 0) {
    throw expected('firstEpoch', 'an integer from 0 up', firstEpoch);
  }
  if (typeof dir !== 'string' || dir === '') throw expected('dir', 'the path of a directory', dir);
  if (typeof openTimeoutMs !== 'number' || !(openTimeoutMs >= 0)) {
    throw expected('openTimeoutMs', 'milliseconds from 0 up', openTimeoutMs);
  }
  if (signal !== undefined && !isSignal(signal)) throw expected('signal', 'an AbortSignal', signal);
  return { channel, dir, epochs, firstEpoch, openTimeoutMs, signal };
}

function checkPlatform(): void {
  if (process.platform !== 'win32') return;
  throw new PipeModeError('UNSUPPORTED_PLATFORM', 'Windows has no FIFOs: use WSL, a container, or Linux.');
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw expected('options', 'such as { channel }', options);
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name));
  if (unknown.length === 0) return;
  throw new PipeModeError(
    'UNKNOWN_OPTION',
    `readEpochs has no option \`${unknown.join('`, `')}\`; it has \`${KNOWN.join('`, `')}\`.`,
  );
}

function checkChannel(channel: unknown): void {
  if (typeof channel === 'string' && /^[A-Za-z0-9.\-_]{1,64}$/.test(channel)) return;
  const rule = '1 to 64 of the characters A-Z a-z 0-9 . - _';
  throw new PipeModeError(
    'INVALID_CHANNEL_NAME',
    `Expected \`channel\` to be ${rule}, as SageMaker does, got ${describe(channel)}.`,
  );
}

function checkEpochs(epochs: number): void {
  if (epochs === Infinity || (Number.isSafeInteger(epochs) && epochs >= 1)) return;
  const rule = 'an integer from 1 up, or Infinity';
  throw new PipeModeError('INVALID_EPOCHS', `Expected \`epochs\` to be ${rule}, got ${describe(epochs)}.`);
}

/** Not by `instanceof`, which fails for a signal of another realm, such as Jest's. */
function isSignal(value: unknown): boolean {
  return typeof (value as AbortSignal | null)?.addEventListener === 'function';
}
