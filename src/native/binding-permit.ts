import { type Libc, loadLibc } from './libc.js';

/** What becomes of a thread's binding, in the memory that it shares with the main thread. */
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
  const shared = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (permits.size === 0) process.on('exit', refuseAll);
  permits.add(shared);
  return {
    shared,
    release() {
      if (permits.delete(shared) && permits.size === 0) process.off('exit', refuseAll);
    },
  };
}

/**
 * Binds, in the thread that was given the permit.
 *
 * @throws if the process exits, or if koffi cannot be loaded, although it can elsewhere: too many files are open, say
 */
export function bindOrThrow(permit: Int32Array): Libc {
  const earlier = Atomics.compareExchange(permit, 0, Binding.permitted, Binding.underWay);
  if (earlier === Binding.refused) throw new Error('the process exits');
  try {
    const libc = loadLibc();
    if (!libc) throw new Error('koffi cannot be loaded in this thread');
    return libc;
  } finally {
    Atomics.store(permit, 0, Binding.over);
    Atomics.notify(permit, 0);
  }
}

function refuseAll(): void {
  for (const permit of permits) {
    Atomics.compareExchange(permit, 0, Binding.permitted, Binding.refused);
    Atomics.wait(permit, 0, Binding.underWay, LONGEST_WAIT_MS);
  }
}
