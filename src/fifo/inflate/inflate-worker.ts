// What runs in the threads that inflate into pipes: the entry point that the bundler emits beside the library.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { bindWith } from '../../native/binding-permit.js';
import { POLL_ENTRY_BYTES, POLLERR, POLLIN, POLLOUT } from '../../native/libc.js';
import { Bells } from '../bells.js';
import type { InflateRequest, InflateResponse, InflateThreadData } from './messages.js';
import { RunMember } from './run-member.js';

/** As long as the thread ever waits in a system call, in milliseconds: a process that exits waits for it. */
const LONGEST_WAIT_MS = 50;

const port = parentPort!;
const { number, bells: shared, permit } = workerData as InflateThreadData;
const bells = new Bells(shared);
const libc = bindWith(permit);
if (libc) bells.install(number, libc);
const members = new Map<number, RunMember>();
let entries = new DataView(new ArrayBuffer(0));

port.on('message', (request: InflateRequest) => {
  take(request);
  // From here on until all runs are over, messages are fetched by hand: the event loop does not turn.
  while (members.size > 0) {
    if (!moveAll()) waitForWork();
    takeAll();
  }
});

function takeAll(): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as InflateRequest);
}

function take(request: InflateRequest): void {
  switch (request.op) {
    case 'run': {
      const { id, run } = request;
      const tell = (response: Omit<InflateResponse, 'id'>) => {
        port.postMessage({ id, ...response } satisfies InflateResponse);
      };
      members.set(id, new RunMember(run, { libc: libc!, bells, thread: number, tell }));
      break;
    }
    case 'cancel':
      members.get(request.id)?.cancel();
      members.delete(request.id);
      break;
    case 'end':
      for (const member of members.values()) member.cancel();
      members.clear();
      port.close(); // nothing else keeps the thread
  }
}

/** Gives every run a step; says whether any can go on at once. */
function moveAll(): boolean {
  let canGoOn = false;
  for (const [id, member] of members) {
    if (member.step()) canGoOn = true;
    if (member.isOver) members.delete(id);
  }
  return canGoOn;
}

/** Waits until a full pipe has room or has lost its reader, or the bell rings, or not for very long. */
function waitForWork(): void {
  bells.setWaiting(number, true);
  const posted = receiveMessageOnPort(port); // what was posted or done before the flag was up did not ring
  if (posted) take(posted.message as InflateRequest);
  else if (!moveAll() && members.size > 0) poll();
  bells.setWaiting(number, false);
}

function poll(): void {
  const full = [...members.values()].filter((member) => member.isFull);
  const count = full.length + 1;
  if (entries.byteLength < count * POLL_ENTRY_BYTES)
    entries = new DataView(new ArrayBuffer(2 * count * POLL_ENTRY_BYTES));
  setEntry(0, bells.descriptor(number), POLLIN);
  full.forEach(({ fd }, index) => {
    setEntry(index + 1, fd, POLLOUT);
  });
  libc!.poll(new Uint8Array(entries.buffer), count, LONGEST_WAIT_MS);
  if (events(0) !== 0) bells.clear(number);
  full.forEach((member, index) => {
    if ((events(index + 1) & (POLLOUT | POLLERR)) !== 0) member.isFull = false;
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
