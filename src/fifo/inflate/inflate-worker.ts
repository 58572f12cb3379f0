// What runs in the threads that inflate into pipes: the entry point that the bundler emits beside the library.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { bindOrThrow } from '../../native/binding-permit.js';
import { Bells } from '../bells.js';
import { RoomWatch, waitingAmong } from '../room-watch.js';
import type { InflateRequest, InflateResponse, InflateThreadData } from './messages.js';
import { RunMember } from './run-member.js';

const port = parentPort!;
const { number, bells: shared, permit } = workerData as InflateThreadData;
const bells = new Bells(shared);
const libc = bindOrThrow(permit);
bells.install(number, libc);
const watch = new RoomWatch(libc, bells, number);
const members = new Map<number, RunMember>();

port.on('message', (request: InflateRequest) => {
  take(request);
  // From here on until all runs are over, messages are fetched by hand: the event loop does not turn.
  while (members.size > 0) {
    if (moveAll()) watch.look(waitingAmong(members.values()));
    else waitForWork();
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
      members.set(id, new RunMember(run, { libc, bells, thread: number, tell }));
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
  else if (!moveAll() && members.size > 0) watch.wait(waitingAmong(members.values()));
  bells.setWaiting(number, false);
}
