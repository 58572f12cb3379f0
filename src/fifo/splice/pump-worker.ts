// What runs in the thread that splices: the entry point that the bundler emits beside the library.
import { readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { unpackParts } from '../../body/packed-parts.js';
import { type Libc, loadLibc, POLL_ENTRY_BYTES, POLLERR, POLLIN, POLLOUT } from '../../native/libc.js';
import { serializeError } from '../../workers/serialize-error.js';
import type { PumpData, PumpRequest, PumpResponse } from './pump-messages.js';
import { STAGE_BYTES, Transfer } from './transfer.js';

/** As long as the thread ever waits in a system call, in milliseconds: a process that exits waits for it. */
const LONGEST_WAIT_MS = 50;

interface Running {
  readonly id: number;
  readonly fd: number;
  readonly transfer: Transfer;
  readonly stage: Uint8Array;
  isFull: boolean;
}

const port = parentPort!;
const { bell, isWaiting } = workerData as PumpData;
/**
 * Bound with the first transfer, not before: koffi ends the whole process if a thread is ended while it binds, and
 * threads that were started in case they would be needed are ended at any moment.
 */
let libc: Libc | undefined;
const running = new Map<number, Running>();
const stages: Uint8Array[] = [];
const rung = new Uint8Array(8);
let entries = new DataView(new ArrayBuffer(0));

port.on('message', (request: PumpRequest) => {
  take(request);
  // From here on until all transfers are over, messages are fetched by hand: the event loop does not turn.
  while (running.size > 0) {
    if (!moveAll()) waitForRoom();
    takeAll();
  }
});

function takeAll(): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as PumpRequest);
}

function take(request: PumpRequest): void {
  if (request.op === 'end') {
    for (const each of running.values()) finish(each, 'closed');
    port.close(); // nothing else keeps the thread
    return;
  }
  if (request.op === 'cancel') {
    const cancelled = running.get(request.id);
    if (cancelled) finish(cancelled, 'closed');
    return;
  }
  libc ??= loadLibc()!;
  const { id, fd, parts, taken } = request;
  const stage = stages.pop() ?? new Uint8Array(STAGE_BYTES);
  running.set(id, {
    id,
    fd,
    stage,
    transfer: new Transfer(libc, fd, unpackParts(parts), taken, stage),
    isFull: false,
  });
}

/** Gives every transfer a step; says whether any can go on at once. */
function moveAll(): boolean {
  let canGoOn = false;
  for (const each of running.values()) {
    if (each.isFull) continue;
    const progress = step(each);
    each.isFull = progress === 'full';
    if (progress === 'more') canGoOn = true;
    else if (progress !== 'full') finish(each, progress);
  }
  return canGoOn;
}

function step({ transfer }: Running): 'more' | 'full' | PumpResponse['outcome'] {
  try {
    return transfer.step();
  } catch (error) {
    return serializeError(error);
  }
}

function finish({ id, transfer, stage }: Running, outcome: PumpResponse['outcome']): void {
  transfer.close();
  running.delete(id);
  stages.push(stage);
  port.postMessage({ id, outcome } satisfies PumpResponse);
}

/** Waits until a full pipe has room or has lost its reader, or the bell rings, or not for very long. */
function waitForRoom(): void {
  if (running.size === 0) return;
  const waiting = [...running.values()];
  const count = waiting.length + 1;
  if (entries.byteLength < count * POLL_ENTRY_BYTES)
    entries = new DataView(new ArrayBuffer(2 * count * POLL_ENTRY_BYTES));
  setEntry(0, bell, POLLIN);
  waiting.forEach(({ fd }, index) => {
    setEntry(index + 1, fd, POLLOUT);
  });
  Atomics.store(isWaiting, 0, 1);
  const posted = receiveMessageOnPort(port); // what was posted before the flag was up did not ring
  if (posted) take(posted.message as PumpRequest);
  else libc!.poll(new Uint8Array(entries.buffer), count, LONGEST_WAIT_MS);
  Atomics.store(isWaiting, 0, 0);
  if (posted) return;
  if (events(0) !== 0) readSync(bell, rung);
  waiting.forEach((each, index) => {
    if ((events(index + 1) & (POLLOUT | POLLERR)) !== 0) each.isFull = false;
  });
}

function setEntry(index: number, fd: number, interest: number): void {
  entries.setInt32(index * POLL_ENTRY_BYTES, fd, true);
  entries.setInt16(index * POLL_ENTRY_BYTES + 4, interest, true);
  entries.setInt16(index * POLL_ENTRY_BYTES + 6, 0, true);
}

function events(index: number): number {
  return entries.getInt16(index * POLL_ENTRY_BYTES + 6, true);
}
