import { existsSync, fstatSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { PipeModeError, reasonOf } from '../errors.js';
import { onAbort } from '../abort/on-abort.js';
import { debugTo } from '../debug.js';
import { fifoName } from '../fs/fifo-name.js';
import { namesBeside } from '../fs/names-beside.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';
import { type FifoDescriptor, openDescriptor } from '../fs/fifo-descriptor.js';

/** The first wait between two looks, in milliseconds: the FIFO is usually there, or there in a moment. */
const FIRST_WAIT_MS = 1;
/** The longest one: SageMaker's own example of a client looks every 100 ms. */
const LONGEST_WAIT_MS = 100;
/** When to say for the first time that a FIFO is still waited for, in milliseconds; then each time that doubles. */
const FIRST_WORD_MS = 1000;
/** When to warn whoever has set no limit, in milliseconds: a test of Vitest or Jest has five seconds. */
const WARNING_MS = 4000;
/** How long opening what is there may take at least, in milliseconds: `openTimeoutMs` may be 0. */
const LEAST_OPENING_MS = 1000;

const debug = debugTo('reader');

/** Which FIFO this is about. */
export interface FifoAddress {
  readonly channel: string;
  readonly epoch: number;
  readonly path: string;
}

/**
 * Waits until the FIFO exists and opens it, without waiting for a writer: a descriptor for a
 * {@link FifoStream}.
 */
export async function openFifo(
  address: FifoAddress,
  openTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<FifoDescriptor> {
  const began = performance.now();
  let wordAfter = FIRST_WORD_MS;
  let isWarned = openTimeoutMs < Infinity; // it will be told
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (signal?.aborted) throw abortedWaiting(address, signal, performance.now() - began);
    const left = (): number => openTimeoutMs - (performance.now() - began);
    const descriptor = isThere(address) ? await openWithin(address, left(), signal) : undefined;
    if (descriptor !== undefined) {
      debug('%s: epoch %d: opened %s', address.channel, address.epoch, address.path);
      return descriptor;
    }
    if (!isWarned && performance.now() - began >= WARNING_MS) {
      isWarned = true;
      warn(address);
    }
    if (performance.now() - began >= wordAfter) {
      debug('%s: epoch %d: waiting since %d s for %s, %s', address.channel, address.epoch, Math.round(wordAfter / 1000), address.path, besides(address)); // prettier-ignore
      wordAfter *= 2;
    }
    if (left() <= 0) throw timedOut(address, openTimeoutMs);
    await delay(Math.min(wait, left()), signal);
  }
}

/** What there is instead of the FIFO. */
function besides({ path }: FifoAddress): string {
  const directory = dirname(path);
  if (!existsSync(directory)) return `and there is no directory ${directory}`;
  const names = namesBeside(path);
  return names === undefined ? 'beside which there is nothing' : `beside which there is ${names}`;
}

/** For whoever is not listening: in a test that hangs, nothing else is heard before its time is up. */
function warn(address: FifoAddress): void {
  const { channel, epoch, path } = address;
  process.emitWarning(
    `readEpochs() has waited ${WARNING_MS / 1000} s for epoch ${epoch} of channel "${channel}": ${path} is not there, ${besides(address)}. It goes on waiting; \`openTimeoutMs\` or \`signal\` ends it.`,
  );
}

/** Resolved after so many milliseconds, or as soon as the signal is aborted. */
function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return startDelay(ms, signal).over;
}

/** A delay that need not be waited for to its end. */
function startDelay(ms: number, signal: AbortSignal | undefined): { over: Promise<void>; stop: () => void } {
  let stop!: () => void;
  const over = new Promise<void>((resolve) => {
    stop = (): void => {
      clearTimeout(timer);
      forget?.();
      resolve();
    };
    const timer = ms < 2 ** 31 ? setTimeout(stop, ms) : undefined; // longer than a timer can run
    const forget = signal && onAbort(signal, stop);
  });
  return { over, stop };
}

/** Looks at it before it is opened, because opening is not harmless for every kind of file. */
function isThere(address: FifoAddress): boolean {
  let found: Stats;
  try {
    // Not by `throwIfNoEntry: false`, which from Node 22 on also hides that a directory above is none (ENOTDIR).
    found = statSync(address.path);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw cannotOpen(address, error);
  }
  if (!found.isFIFO()) throw notAFifo(address, found);
  return true;
}

/**
 * The same as `tryToOpen`, but not for longer than is left. In a worker thread of the host, opening waits while libuv's
 * pool is full, and cannot be called off: what is opened after all is closed, and to a writer that reader has left early.
 */
async function openWithin(
  address: FifoAddress,
  left: number,
  signal: AbortSignal | undefined,
): Promise<FifoDescriptor | undefined> {
  const ms = Math.max(left, LEAST_OPENING_MS);
  const opening = tryToOpen(address);
  const patience = startDelay(ms, signal);
  try {
    const opened = await Promise.race([opening, patience.over.then((): typeof LATE => LATE)]);
    if (opened !== LATE) return opened;
  } finally {
    patience.stop();
  }
  void opening.then((late) => late?.close()).catch(() => undefined);
  throw signal?.aborted ? aborted(address, signal) : openedLate(address, ms);
}

const LATE: unique symbol = Symbol('late');

/** A descriptor, or `undefined` if the FIFO was unlinked in between. */
async function tryToOpen(address: FifoAddress): Promise<FifoDescriptor | undefined> {
  let descriptor: FifoDescriptor;
  try {
    descriptor = await openDescriptor(address.path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw cannotOpen(address, error);
  }
  const opened = fstatSync(descriptor.fd);
  if (opened.isFIFO()) return descriptor;
  descriptor.close();
  throw notAFifo(address, opened);
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** What everything that a signal ends is rejected with. */
export function aborted(address: FifoAddress, signal: AbortSignal): PipeModeError {
  const { channel, epoch } = address;
  return new PipeModeError('ABORTED', `Reading epoch ${epoch} of channel "${channel}" was aborted`, {
    ...address,
    cause: signal.reason,
  });
}

function abortedWaiting(address: FifoAddress, signal: AbortSignal, waitedMs: number): PipeModeError {
  const { channel, epoch, path } = address;
  return new PipeModeError(
    'ABORTED',
    `Reading epoch ${epoch} of channel "${channel}" was aborted: it had waited ${(waitedMs / 1000).toFixed(1)} s for ` +
      `${path} to appear, ${besides(address)}.`,
    { ...address, cause: signal.reason },
  );
}

function timedOut(address: FifoAddress, openTimeoutMs: number): PipeModeError {
  return new PipeModeError(
    'READ_TIMEOUT',
    `Epoch ${address.epoch} of channel "${address.channel}" did not begin: ${address.path} did not appear ` +
      `within ${openTimeoutMs} ms, ${besides(address)}. Is a channel of that name streaming to that directory, and has ` +
      'it that many epochs? Raise `openTimeoutMs` if it takes longer to start.',
    address,
  );
}

function openedLate(address: FifoAddress, ms: number): PipeModeError {
  return new PipeModeError(
    'READ_TIMEOUT',
    `Epoch ${address.epoch} of channel "${address.channel}" did not begin: ${address.path} is there, and could ` +
      `not be opened within ${Math.round(ms)} ms. In a worker thread that takes one of the threads of libuv's ` +
      'pool: do others read FIFOs there, by `node:fs`? Let them use `readEpochs`, or raise `UV_THREADPOOL_SIZE`.',
    address,
  );
}

function notAFifo(address: FifoAddress, found: Stats): PipeModeError {
  const isFile = found.isDirectory() || found.isFile();
  const kind = found.isDirectory() ? 'a directory' : found.isFile() ? 'a regular file' : 'a special file';
  const hint = isFile
    ? ` It may belong to a File-mode channel named "${fifoName(address.channel, address.epoch)}".`
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
