import type Docker from 'dockerode';
import type { IncomingMessage } from 'node:http';
import { addAbortSignal, type Readable } from 'node:stream';

import { ask, type Engine, statusOf } from './engine.js';

/** What something in a container is like. */
export interface FileInContainer {
  /** In bytes. */
  readonly size: number;
  /** When it was written, in milliseconds of its clock. */
  readonly mtimeMs: number;
}

/**
 * What a container has at a path, as an archive; `undefined` if there is nothing. Engines let nothing else be done to the
 * container until it was read or given up.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export async function archiveOf(
  engine: Engine,
  container: Docker.Container,
  path: string,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  try {
    const stream = (await ask(engine, container.getArchive({ path }))) as unknown as Readable;
    if (signal !== undefined) addAbortSignal(signal, stream);
    return stream;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** What a file in a container is like now; `undefined` if it is not there. */
export async function statIn(
  engine: Engine,
  container: Docker.Container,
  path: string,
): Promise<FileInContainer | undefined> {
  try {
    const answer = (await ask(engine, container.infoArchive({ path }))) as IncomingMessage;
    answer.resume();
    const encoded = String(answer.headers['x-docker-container-path-stat']);
    const { size, mtime } = JSON.parse(Buffer.from(encoded, 'base64').toString()) as Record<string, string>;
    return { size: Number(size), mtimeMs: Date.parse(mtime!) };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
