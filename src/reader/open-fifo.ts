import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { PipeModeError, reasonOf } from '../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';
import { onAbort } from '../abort/on-abort.js';

/** The first wait between two looks, in milliseconds: the FIFO is usually there, or there in a moment. */
const FIRST_WAIT_MS = 1;
/** The longest one: SageMaker's own example of a client looks every 100 ms. */
const LONGEST_WAIT_MS = 100;

/** Which FIFO this is about. */
export interface FifoAddress {
  readonly channel: string;
  readonly epoch: number;
  readonly path: string;
}

/**
 * Waits until the FIFO exists and opens it, without waiting for a writer: a descriptor for a
 * {@link FifoStream}. A blocking open would hold a thread, of which libuv has four.
 */
export async function openFifo(
  address: FifoAddress,
  openTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const began = performance.now();
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (signal?.aborted) throw aborted(address, signal);
    const fd = tryToOpen(address);
    if (fd !== undefined) return fd;
    const left = openTimeoutMs - (performance.now() - began);
    if (left <= 0) throw timedOut(address, openTimeoutMs);
    await delay(Math.min(wait, left), signal);
  }
}

/** Resolved after so many milliseconds, or as soon as the signal is aborted. */
function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      forget?.();
      resolve();
    };
    const timer = setTimeout(finish, ms);
    const forget = signal && onAbort(signal, finish);
  });
}

/** One look: a descriptor, or `undefined` as long as nothing is there. */
function tryToOpen(address: FifoAddress): number | undefined {
  let fd: number;
  try {
    // Looked at before it is opened, because opening is not harmless for every kind of file. Not by
    // `throwIfNoEntry: false`, which from Node 22 on also hides that a directory above is none (ENOTDIR).
    const found = statSync(address.path);
    if (!found.isFIFO()) throw notAFifo(address, found);
    fd = openSync(address.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // Not there yet, or unlinked in between.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error instanceof PipeModeError ? error : cannotOpen(address, error);
  }
  const opened = fstatSync(fd);
  if (opened.isFIFO()) return fd;
  closeSync(fd);
  throw notAFifo(address, opened);
}

/** What everything that a signal ends is rejected with. */
export function aborted(address: FifoAddress, signal: AbortSignal): PipeModeError {
  const { channel, epoch } = address;
  return new PipeModeError('ABORTED', `Reading epoch ${epoch} of channel "${channel}" was aborted`, {
    ...address,
    cause: signal.reason,
  });
}

function timedOut(address: FifoAddress, openTimeoutMs: number): PipeModeError {
  return new PipeModeError(
    'READ_TIMEOUT',
    `Epoch ${address.epoch} of channel "${address.channel}" did not begin: ${address.path} did not appear ` +
      `within ${openTimeoutMs} ms. Is a channel of that name streaming to that directory, and has ` +
      'it that many epochs? Raise `openTimeoutMs` if it takes longer to start.',
    address,
  );
}

function notAFifo(address: FifoAddress, found: Stats): PipeModeError {
  const isFile = found.isDirectory() || found.isFile();
  const kind = found.isDirectory() ? 'a directory' : found.isFile() ? 'a regular file' : 'a special file';
  const hint = isFile
    ? ` It may belong to a File-mode channel named "${address.channel}_${address.epoch}".`
    : '';
  return new PipeModeError(
    'NOT_A_FIFO',
    `Expected ${address.path} to be a FIFO, since channel "${address.channel}" is read in Pipe mode; ` +
      `it is ${kind}.${hint} Remove it, or read another directory.`,
    address,
  );
}

function cannotOpen(address: FifoAddress, cause: unknown): PipeModeError {
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`the FIFO "${address.path}"`, cause, address);
  const reason = reasonOf(cause);
  return new PipeModeError(
    'READ_FAILED',
    `Cannot open epoch ${address.epoch} of channel "${address.channel}", ${address.path}: ${reason}. ` +
      'Check that this user may read it and all directories above.',
    { ...address, cause },
  );
}
