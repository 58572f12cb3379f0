// What runs in the thread that reads ahead for the one that splices: the entry point that the bundler emits beside the library.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { bindOrThrow } from '../../native/binding-permit.js';
import { nativeFiles } from './file-access.js';
import type { HelperMessage } from './read-ahead.js';
import { readBlock } from './read-block.js';
import { Bulletin, Slot } from './slots.js';
import { SmallFiles } from './small-files.js';

/** What the thread is started with. */
export interface ReadWorkerData {
  readonly port: MessagePort;
  readonly memory: SharedArrayBuffer;
  /** Allows it to use system calls that Node does not offer. Shared. */
  readonly permit: Int32Array;
}

/** How long the thread waits for the next block before it lets its event loop turn, in milliseconds. */
const AWAKE_MS = 20;

const { port, memory, permit } = workerData as ReadWorkerData;
const bulletin = new Bulletin(memory);
const slots = Slot.all(memory);
/** Per reading of a directory. */
const passes = new Map<number, SmallFiles>();
const files = nativeFiles(bindOrThrow(permit));

port.on('message', (message: HelperMessage) => {
  take(message);
  readAll();
});

parentPort!.once('message', () => {
  for (const pass of passes.keys()) endPass(pass);
  port.close();
});

function take(message: HelperMessage): void {
  if (message !== 'wake up') endPass(message.pass);
}

/** Reads whatever is posted, until nothing has been for a while. Messages are fetched by hand meanwhile. */
function readAll(): void {
  for (;;) {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      take(next.message as HelperMessage);
    const { posted } = bulletin;
    let hasRead = false;
    for (const slot of slots) if (readAny(slot)) hasRead = true;
    if (hasRead || bulletin.wait(posted, AWAKE_MS)) continue;
    if (bulletin.sleep(posted)) return;
  }
}

function readAny(slot: Slot): boolean {
  const use = slot.claimAny();
  if (use === undefined) return false;
  const { data, lengths, block } = slot;
  const { pass, settledBefore, isRecordIO, base, names } = block;
  const found = names.map((name) => ({ base, name, key: name, stats: undefined }));
  slot.finish(use, readBlock(filesOf(pass, settledBefore), found, { data, lengths, isRecordIO }));
  return true;
}

function filesOf(pass: number, settledBefore: number): SmallFiles {
  let small = passes.get(pass);
  if (!small) passes.set(pass, (small = new SmallFiles(files, settledBefore)));
  return small;
}

function endPass(pass: number): void {
  passes.get(pass)?.close();
  passes.delete(pass);
}
