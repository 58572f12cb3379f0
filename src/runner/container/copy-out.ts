import type Docker from 'dockerode';
import { addAbortSignal, type Readable } from 'node:stream';

import { unpackArchive } from '../../archive/unpack/unpack-archive.js';
import { ask, type Engine, statusOf } from './engine.js';

/** What comes out of a container is as large as what the algorithm has written: nobody else has made it. */
const NO_LIMITS = {
  maxBytes: Infinity,
  maxEntries: Infinity,
  linksMayLeave: true,
  leavesOutSpecial: true,
} as const;

/**
 * Copies what a container has at a path into a directory that is empty or not there yet, and says whether there is anything.
 * If it is a link itself, so is the copy: it may lead to whatever this machine has there.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`, `ARCHIVE_…`; the signal's reason
 */
export async function copyOut(
  engine: Engine,
  container: Docker.Container,
  { inside, outside }: { readonly inside: string; readonly outside: string },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let archive: Readable | undefined;
  try {
    archive = await archiveOf(engine, container, inside, signal);
    if (archive === undefined) return false;
    await unpackArchive(archive, outside, { ...NO_LIMITS, signal });
    return true;
  } catch (error) {
    signal?.throwIfAborted(); // or whatever that has done to the connection
    throw error;
  } finally {
    archive?.destroy(); // engines let nothing else be done to the container until it was read or given up
  }
}

/** `undefined` if there is nothing. */
async function archiveOf(
  engine: Engine,
  container: Docker.Container,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Readable | undefined> {
  try {
    const request = { path, ...(signal && { abortSignal: signal }) };
    const stream = (await ask(engine, container.getArchive(request))) as unknown as Readable;
    if (signal !== undefined) addAbortSignal(signal, stream);
    return stream;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
