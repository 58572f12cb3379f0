// What runs in the thread that reads ahead for the one that splices: the entry point that the bundler emits beside the library.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import { bindWith } from '../../native/binding-permit.js';
import { type FileAccess, nativeFiles, nodeFiles } from './file-access.js';
import type { BlockRequest, PassEnd } from './read-ahead.js';
import { readBlock } from './read-block.js';
import { Slot } from './slots.js';
import { SmallFiles } from './small-files.js';

/** What the thread is started with. */
export interface ReadWorkerData {
  readonly port: MessagePort;
  readonly memory: SharedArrayBuffer;
  /** Allows it to use system calls that Node does not offer. Shared. */
  readonly permit: Int32Array;
}

const { port, memory, permit } = workerData as ReadWorkerData;
const slots = Slot.all(memory);
/** Per reading of a directory. */
const passes = new Map<number, SmallFiles>();
const files = openAccess();

port.on('message', (message: BlockRequest | PassEnd) => {
  if ('slot' in message) read(message);
  else endPass(message.pass);
});

parentPort!.once('message', () => {
  for (const pass of passes.keys()) endPass(pass);
  port.close();
});

function read({ slot: index, use, pass, settledBefore, isRecordIO, base, names }: BlockRequest): void {
  const slot = slots[index]!;
  if (!slot.claim(use)) return;
  const { data, lengths } = slot;
  const found = names
    .split('\0')
    .slice(0, -1)
    .map((name) => ({ base, name, key: name, stats: undefined }));
  slot.finish(use, readBlock(filesOf(pass, settledBefore), found, { data, lengths, isRecordIO }));
}

function filesOf(pass: number, settledBefore: number): SmallFiles {
  let small = passes.get(pass);
  if (!small) passes.set(pass, (small = new SmallFiles(files, settledBefore)));
  return small;
}

function openAccess(): FileAccess {
  const libc = bindWith(permit);
  return libc ? nativeFiles(libc) : nodeFiles;
}

function endPass(pass: number): void {
  passes.get(pass)?.close();
  passes.delete(pass);
}
