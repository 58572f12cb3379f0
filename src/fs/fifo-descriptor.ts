import { closeSync, constants, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** The descriptor of an open FIFO, until somebody takes it over. One of the two methods is called, once. */
export interface FifoDescriptor {
  readonly fd: number;
  /** Hands the descriptor over, to a socket, which closes it. */
  release(): number;
  close(): void;
}

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a FIFO for a socket, without waiting for a writer: a blocking open would hold a thread, of which libuv has four.
 *
 * In a worker thread Node notes what `node:fs` opens, and closes what is noted when the thread ends. But a socket closes
 * its descriptor without a note, so that Node would close the number a second time, whoever has it by then: another
 * thread's file or FIFO. What `node:fs/promises` opens is not noted: its `FileHandle` owns it, until it releases it. (A
 * thread below without notes is no way out: threads inherit them. And while it is being opened, nobody owns it: Node
 * leaves it open if the thread is terminated then. Nor is polling: for `read`, a FIFO whose writer has come and gone
 * without a byte is like one whose writer has not come yet, and only epoll knows them apart.) That open needs a thread
 * of libuv's pool for an instant, so it may have to wait for one: whoever does not wait that long closes what comes late.
 */
export async function openDescriptor(path: string): Promise<FifoDescriptor> {
  if (isMainThread) return openNoted(path);
  const handle = await open(path, FLAGS);
  const owner = findOwner(handle);
  if (owner) return new OwnedDescriptor(handle, owner);
  // An unknown version of Node. By its descriptor, so that the FIFO has a reader all the time, and whatever its name.
  const noted = openNoted(`/dev/fd/${handle.fd}`);
  await handle.close();
  return noted;
}

function openNoted(path: string): FifoDescriptor {
  const fd = openSync(path, FLAGS);
  return { fd, release: () => fd, close: () => closeSync(fd) };
}

/** If the thread ends, so does the handle, and closes the descriptor unless it was released. */
class OwnedDescriptor implements FifoDescriptor {
  readonly fd: number;
  readonly #owner: DescriptorOwner;

  constructor(handle: FileHandle, owner: DescriptorOwner) {
    this.fd = handle.fd;
    this.#owner = owner;
  }

  release(): number {
    this.#owner.releaseFD();
    return this.fd;
  }

  /** At once, like a socket, and not by libuv's threads, like a handle. */
  close(): void {
    new Socket({ fd: this.release(), readable: true, writable: false }).destroy();
  }
}

/** What a `FileHandle` has inside: Node's own, and undocumented. */
interface DescriptorOwner {
  /** Forgets the descriptor, so that it is not closed. */
  releaseFD(): void;
}

function findOwner(handle: FileHandle): DescriptorOwner | undefined {
  const inner = Object.getOwnPropertySymbols(handle).map(
    (symbol) => (handle as unknown as Record<symbol, unknown>)[symbol],
  );
  return inner.find(
    (value): value is DescriptorOwner =>
      typeof (value as Partial<DescriptorOwner> | null)?.releaseFD === 'function',
  );
}
