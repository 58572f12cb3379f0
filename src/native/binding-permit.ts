import { koffiAddon, type Libc, loadLibc } from './libc.js';

/** What is where in the memory that a thread shares with the main thread, in 32-bit words. */
const STATE = 0;
/** How many bytes the path of koffi's addon has, 0 if it is not known, and the path. */
const PATH_BYTES = 1;
const PATH = 2;
const LONGEST_PATH_BYTES = 4096;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** What becomes of the thread's binding. */
const Binding = { permitted: 0, underWay: 1, over: 2, refused: 3 } as const;

/** As long as a process that exits waits for a thread that binds, in milliseconds: it takes some ten. */
const LONGEST_WAIT_MS = 2000;

const permits = new Set<Int32Array>();

/** A permit for a thread of ours to bind to system calls. */
export interface BindingPermit {
  /** To be given to the thread. */
  readonly shared: Int32Array;
  /** To be called when the thread has ended. */
  release(): void;
}

/**
 * Permits a thread to bind. koffi ends the whole process if a thread is ended while it binds, and a process that exits ends
 * all threads: so it waits for those that bind at that moment, and those that have not begun may not any more.
 */
export function permitBinding(): BindingPermit {
  const shared = new Int32Array(new SharedArrayBuffer(PATH * WORD_BYTES + LONGEST_PATH_BYTES));
  if (permits.size === 0) process.on('exit', refuseAll);
  permits.add(shared);
  tellAddon(shared);
  return {
    shared,
    release() {
      if (permits.delete(shared) && permits.size === 0) process.off('exit', refuseAll);
    },
  };
}

/** Tells threads that have not bound yet which addon koffi has loaded here: that spares each of them some milliseconds. */
export function tellAddonToThreads(): void {
  for (const shared of permits) tellAddon(shared);
}

/**
 * Binds, in the thread that was given the permit.
 *
 * @throws if the process exits, or if koffi cannot be loaded, although it can elsewhere: too many files are open, say
 */
export function bindOrThrow(permit: Int32Array): Libc {
  const earlier = Atomics.compareExchange(permit, STATE, Binding.permitted, Binding.underWay);
  if (earlier === Binding.refused) throw new Error('the process exits');
  try {
    const libc = loadLibc(toldAddon(permit));
    if (!libc) throw new Error('koffi cannot be loaded in this thread');
    return libc;
  } finally {
    Atomics.store(permit, STATE, Binding.over);
    Atomics.notify(permit, STATE);
  }
}

function tellAddon(shared: Int32Array): void {
  const path = koffiAddon();
  if (path === undefined || Atomics.load(shared, PATH_BYTES) > 0) return;
  const bytes = Buffer.from(path);
  if (bytes.length > LONGEST_PATH_BYTES) return;
  bytesOfPath(shared, bytes.length).set(bytes);
  Atomics.store(shared, PATH_BYTES, bytes.length);
}

function toldAddon(permit: Int32Array): string | undefined {
  const length = Atomics.load(permit, PATH_BYTES);
  return length > 0 ? bytesOfPath(permit, length).toString() : undefined;
}

function bytesOfPath({ buffer }: Int32Array, length: number): Buffer {
  return Buffer.from(buffer, PATH * WORD_BYTES, length);
}

function refuseAll(): void {
  for (const permit of permits) {
    Atomics.compareExchange(permit, STATE, Binding.permitted, Binding.refused);
    Atomics.wait(permit, STATE, Binding.underWay, LONGEST_WAIT_MS);
  }
}
